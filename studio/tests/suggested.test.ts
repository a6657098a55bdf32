import { expect, test } from "vitest";
import { originOf, shownSuggestion } from "../src/pages/labeling/suggested";

const SUGGESTION = { start: 0, end: 5, category: "STOCK", source: "model", confidence: 0.874 } as const;

test.each([
  [SUGGESTION, "by the model, 87 % sure", "87 %"],
  [{ ...SUGGESTION, source: "both", confidence: 0.999 }, "by the model and the list of names, 99 % sure", "99 %"],
  [{ ...SUGGESTION, source: "dictionary", confidence: undefined }, "by the list of names", undefined],
] as const)("%o is said to be %s", (suggestion, origin, note) => {
  expect(originOf(suggestion)).toBe(origin);
  expect(shownSuggestion(suggestion)).toMatchObject({ ...suggestion, tone: "suggested", title: `Suggested ${origin}` });
  expect(shownSuggestion(suggestion).note).toBe(note);
});
