import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { overlaps } from "../src/annotation/label";
import { unlabelledMatches } from "../src/annotation/matches";
import { labelSets, texts } from "./arbitraries";

/** The service's apply-to-matches has to find the same: its tests read this table, too. Offsets are code points. */
const table = new URL("../../tests/functions/whole_word_matches.json", import.meta.url);
const cases = JSON.parse(readFileSync(table, "utf8")) as readonly { text: string; phrase: string; starts: number[] }[];

const codePoints = (text: string, offset: number) => Array.from(text.slice(0, offset)).length;

describe("unlabelledMatches", () => {
  test.each(cases)("$text has $phrase", ({ text, phrase, starts }) => {
    expect(unlabelledMatches(text, phrase, []).map(({ start }) => codePoints(text, start))).toEqual(starts);
  });

  test("places that carry a label are left alone", () => {
    expect(unlabelledMatches("Ford or Ford", "Ford", [{ start: 0, end: 2, category: "A" }])).toEqual([{ start: 8, end: 12 }]);
  });

  test("every match reads the same, and none touches a label or another match", () => {
    const drawn = texts.chain((text) => fc.tuple(fc.constant(text), labelSets(text.length), fc.nat(), fc.integer({ min: 1, max: 4 })));
    fc.assert(
      fc.property(drawn, ([text, labels, from, size]) => {
        const start = from % (text.length + 1);
        const quote = text.slice(start, start + size);
        const matches = unlabelledMatches(text, quote, labels);
        for (const match of matches) expect(text.slice(match.start, match.end)).toBe(quote);
        for (const match of matches) expect(labels.some((label) => overlaps(label, match))).toBe(false);
        matches.slice(1).forEach((match, i) => expect(match.start).toBeGreaterThanOrEqual(matches[i]!.end));
      }),
    );
  });
});
