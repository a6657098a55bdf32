import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { overlaps } from "../src/annotation/label";
import { unlabelledMatches } from "../src/annotation/matches";
import { labelSets, texts } from "./arbitraries";

const EXACT = { matchCase: true, wholeWords: true };

describe("unlabelledMatches", () => {
  const cases: readonly (readonly [string, string, typeof EXACT, readonly number[]])[] = [
    ["Tesla, Tesla and Teslas", "Tesla", EXACT, [0, 7]],
    ["Tesla, Tesla and Teslas", "Tesla", { matchCase: true, wholeWords: false }, [0, 7, 17]],
    ["tesla TESLA Tesla", "Tesla", { matchCase: false, wholeWords: true }, [0, 6, 12]],
    ["c++ c c++", "c++", EXACT, [0, 6]],
    ["a.b aXb", "a.b", EXACT, [0]],
    ["(x (x", "(x", EXACT, [0, 3]],
    ["İİ istanbul Istanbul", "istanbul", { matchCase: false, wholeWords: true }, [3, 12]],
    ["aaaa", "aa", { matchCase: true, wholeWords: false }, [0, 2]],
    ["𝐀b b", "b", EXACT, [4]],
    ["text", "", EXACT, []],
  ];
  test.each(cases)("%j has %j", (text, quote, options, expected) => {
    expect(unlabelledMatches(text, quote, [], options).map(({ start }) => start)).toEqual(expected);
  });

  test("places that carry a label are left alone", () => {
    expect(unlabelledMatches("Ford or Ford", "Ford", [{ start: 0, end: 2, category: "A" }], EXACT)).toEqual([{ start: 8, end: 12 }]);
  });

  test("every match reads the same, and none touches a label or another match", () => {
    const drawn = texts.chain((text) => fc.tuple(fc.constant(text), labelSets(text.length), fc.nat(), fc.integer({ min: 1, max: 4 })));
    fc.assert(
      fc.property(drawn, ([text, labels, from, size]) => {
        const start = from % (text.length + 1);
        const quote = text.slice(start, start + size);
        const matches = unlabelledMatches(text, quote, labels, { matchCase: true, wholeWords: false });
        for (const match of matches) expect(text.slice(match.start, match.end)).toBe(quote);
        for (const match of matches) expect(labels.some((label) => overlaps(label, match))).toBe(false);
        matches.slice(1).forEach((match, i) => expect(match.start).toBeGreaterThanOrEqual(matches[i]!.end));
      }),
    );
  });
});
