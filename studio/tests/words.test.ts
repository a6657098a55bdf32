import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  nextWord,
  previousWord,
  snapToCharacters,
  snapToWords,
  trimPunctuation,
  wordNear,
  wordsOf,
} from "../src/annotation/words";
import { texts } from "./arbitraries";

describe("wordsOf", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["Tesla slid 3%.", ["Tesla", "slid", "3"]],
    ["pay €5 now", ["pay", "€", "5", "now"]],
    ["a 👩‍👩‍👧 b", ["a", "👩‍👩‍👧", "b"]],
    ["one\r\ntwo", ["one", "two"]],
    ["cafe\u0301 x", ["cafe\u0301", "x"]],
    ["", []],
    [" ,. ", []],
  ];
  test.each(cases)("%j", (text, expected) => {
    const { starts, ends } = wordsOf(text);
    expect(starts.map((start, i) => text.slice(start, ends[i]))).toEqual(expected);
  });

  test("long texts are cut where no word is", () => {
    const text = "wörd ".repeat(3000);
    expect(wordsOf(text).starts).toHaveLength(3000);
    const oneWord = "x".repeat(12_000);
    expect(wordsOf(oneWord).starts.at(0)).toBe(0);
    expect(wordsOf(oneWord).ends.at(-1)).toBe(12_000);
  });
});

test("walking forward meets every word once, walking back the same in reverse", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const words = wordsOf(text);
      const forward: number[] = [];
      for (let span = nextWord(words, -1); span !== undefined; span = nextWord(words, span.start)) forward.push(span.start);
      const back: number[] = [];
      for (let span = previousWord(words, text.length + 1); span !== undefined; span = previousWord(words, span.start)) back.push(span.start);
      expect(forward).toEqual(words.starts);
      expect(back.reverse()).toEqual(words.starts);
    }),
  );
});

describe("snapping", () => {
  const cases: readonly (readonly [string, string, string | null])[] = [
    ["Tesla Motors rose", "esla Mot", "Tesla Motors"],
    ["Tesla Motors rose", " Motors ", "Motors"],
    ["(Tesla), Inc.", "esla)", "Tesla)"],
    ["a   b", "   ", null],
    ["I 👍 it", "👍", "👍"],
  ];
  test.each(cases)("%j, %j selected: %j", (text, selected, expected) => {
    const start = text.indexOf(selected);
    const span = snapToWords(text, wordsOf(text), { start, end: start + selected.length });
    expect(span === null ? null : text.slice(span.start, span.end)).toBe(expected);
  });

  const trimmed: readonly (readonly [string, string | null])[] = [
    ["“Tesla,”", "Tesla"],
    [" Tesla. ", "Tesla."],
    ["...", "..."],
    [",;", null],
  ];
  test.each(trimmed)("%j without punctuation at the ends: %j", (text, expected) => {
    const span = trimPunctuation(text, { start: 0, end: text.length });
    expect(span === null ? null : text.slice(span.start, span.end)).toBe(expected);
  });

  test("what is snapped holds what was selected but spaces, and lies in the text", () => {
    fc.assert(
      fc.property(texts, fc.nat(200), fc.nat(20), (text, from, size) => {
        const start = Math.min(from, text.length);
        const end = Math.min(start + size, text.length);
        const snapped = snapToWords(text, wordsOf(text), { start, end });
        if (snapped === null) expect(text.slice(start, end).trim()).toBe("");
        else {
          expect(snapped.start).toBeGreaterThanOrEqual(0);
          expect(snapped.end).toBeLessThanOrEqual(text.length);
          expect(text.slice(snapped.start, snapped.end)).toContain(text.slice(start, end).trim());
          expect(snapToWords(text, wordsOf(text), snapped)).toEqual(snapped);
        }
      }),
    );
  });

  test("exact characters never cut what people see as one", () => {
    const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });
    fc.assert(
      fc.property(texts, fc.nat(200), fc.nat(20), (text, from, size) => {
        const start = Math.min(from, text.length);
        const snapped = snapToCharacters(text, { start, end: Math.min(start + size, text.length) });
        const borders = new Set([...characters.segment(text)].map(({ index }) => index)).add(text.length);
        if (snapped !== null) expect([borders.has(snapped.start), borders.has(snapped.end)]).toEqual([true, true]);
      }),
    );
  });
});

test("the word near an offset holds it where there is one", () => {
  const words = wordsOf("one  two");
  expect([0, 2, 3, 4, 5, 7, 8].map((offset) => wordNear(words, offset)?.start)).toEqual([0, 0, 5, 5, 5, 5, 5]);
});
