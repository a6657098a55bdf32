import { expect, test } from "vitest";
import { sentenceOf } from "../src/pages/labeling/changes";

test.each([
  ["renameEntity", { category: "A", newName: "B" }, "Renamed A to B"],
  ["mergeEntities", { category: "A", into: "B" }, "Merged A into B"],
  ["deleteEntity", { category: "A" }, "Deleted A"],
  ["applyToMatches", { text: "x", category: "A" }, "Labelled “x” as A everywhere"],
  ["acceptSuggestions", {}, "Accepted suggestions"],
  ["deleteEntity", { category: null }, "Deleted ?"],
] as const)("%s of %o", (kind, details, sentence) => {
  expect(sentenceOf({ kind, details })).toBe(sentence);
});
