import fc from "fast-check";
import { expect, test } from "vitest";
import { blockAt, blockLabels, blocksOf, segmentsOf } from "../src/annotation/blocks";
import { labelSets, texts } from "./arbitraries";

const LONG = ["x ".repeat(6000), "x".repeat(9001), "🙂".repeat(5000), "line\r\n".repeat(2000), `${"y".repeat(5000)}\n${"z ".repeat(3000)}`];

test.each(LONG)("blocks cover a long text without gaps and cut no character's halves", (text) => {
  const blocks = blocksOf(text);
  expect(blocks.map(({ start, end }) => text.slice(start, end)).join("")).toBe(text);
  for (const { start, end } of blocks) {
    expect(end - start).toBeLessThanOrEqual(4000);
    expect(text.charCodeAt(end - 1) >> 10).not.toBe(0x36);
    expect(blockAt(blocks, start)).toBe(blocks.findIndex((block) => block.start === start));
  }
});

test("segments cover their block and carry exactly the labels over them", () => {
  const drawn = texts.chain((text) => fc.tuple(fc.constant(text), labelSets(text.length), labelSets(text.length)));
  fc.assert(
    fc.property(drawn, ([text, labels, more]) => {
      const all = [...labels, ...more].sort((a, b) => a.start - b.start || a.end - b.end);
      const block = { start: 0, end: text.length };
      const segments = segmentsOf(block, all);
      expect(segments.map(({ start, end }) => text.slice(start, end)).join("")).toBe(text);
      for (const segment of segments) {
        const over = all.filter((label) => label.start <= segment.start && segment.end <= label.end);
        expect(new Set(segment.labels)).toEqual(new Set(over));
      }
    }),
  );
});

test("a block that a change does not touch keeps its labels, the same object", () => {
  const text = "word ".repeat(2000);
  const blocks = blocksOf(text);
  const distribute = blockLabels(blocks);
  const first = { start: 0, end: 4, category: "A" };
  const last = { start: 9990, end: 9994, category: "A" };
  const before = distribute([first, last]);
  const after = distribute([first, { ...last, category: "B" }]);
  expect(after[0]).toBe(before[0]);
  expect(after.at(-1)).not.toBe(before.at(-1));
});

test("a label over a border is in both blocks", () => {
  const blocks = [{ start: 0, end: 5 }, { start: 5, end: 10 }];
  const label = { start: 3, end: 7, category: "A" };
  expect(blockLabels(blocks)([label])).toEqual([[label], [label]]);
});
