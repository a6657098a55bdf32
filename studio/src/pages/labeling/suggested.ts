// Suggestions as people see them: whose idea it was, and how sure it is.
import type { Suggestion } from "../../api/suggestions";
import type { TonedLabel } from "../../surface/SpanText";

export type ShownSuggestion = Suggestion & TonedLabel;

const SOURCES: Readonly<Record<Suggestion["source"], string>> = {
  model: "by the model",
  dictionary: "by the list of names",
  both: "by the model and the list of names",
};

/** "by the model, 87 % sure" */
export function originOf({ source, confidence }: Suggestion): string {
  return confidence === undefined ? SOURCES[source] : `${SOURCES[source]}, ${sureness(confidence)} sure`;
}

export function shownSuggestion(suggestion: Suggestion): ShownSuggestion {
  const { confidence } = suggestion;
  const shown = { ...suggestion, tone: "suggested" as const, title: `Suggested ${originOf(suggestion)}` };
  return confidence === undefined ? shown : { ...shown, note: sureness(confidence) };
}

/** Never 100 %: a rounded number should not promise what nobody knows. */
function sureness(confidence: number): string {
  return `${Math.min(99, Math.round(100 * confidence))} %`;
}
