// What property tests draw: texts with everything that makes offsets hard, and labels on them.
import fc from "fast-check";
import { sortedLabels, type Label, type Labels } from "../src/annotation/label";

const PIECES = ["a", "Tesla", " ", "  ", "\n", "\r\n", ",", "€5", "é", "e\u0301", "👩‍👩‍👧", "🇩🇪", "東京都", "ß", "İ", "שלום", "(x)"];

export const texts = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(""));

/** Labels without overlaps in a text of `length` code units. */
export function labelSets(length: number): fc.Arbitrary<Labels> {
  const label = fc.record({ start: fc.nat(length), size: fc.integer({ min: 1, max: 6 }), category: fc.constantFrom("A", "B", "C") });
  return fc.array(label, { maxLength: 12 }).map((drawn) => {
    const kept: Label[] = [];
    for (const { start, size, category } of drawn) {
      const candidate = { start, end: start + size, category };
      if (candidate.end <= length && kept.every((each) => each.end <= candidate.start || candidate.end <= each.start)) kept.push(candidate);
    }
    return sortedLabels(kept);
  });
}
