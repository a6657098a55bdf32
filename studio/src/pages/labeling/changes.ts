// What was done to many documents at once, in words.
import type { Change } from "../../api/entities";

export function sentenceOf({ kind, details }: Pick<Change, "kind" | "details">): string {
  const of = (name: string) => {
    const value = details[name];
    return typeof value === "string" ? value : "?";
  };
  switch (kind) {
    case "renameEntity":
      return `Renamed ${of("category")} to ${of("newName")}`;
    case "mergeEntities":
      return `Merged ${of("category")} into ${of("into")}`;
    case "deleteEntity":
      return `Deleted ${of("category")}`;
    case "applyToMatches":
      return `Labelled “${of("text")}” as ${of("category")} everywhere`;
    case "acceptSuggestions":
      return "Accepted suggestions";
  }
}
