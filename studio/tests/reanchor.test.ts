import fc from "fast-check";
import { expect, test } from "vitest";
import { reanchor } from "../src/annotation/reanchor";
import { labelSets, texts } from "./arbitraries";

const A = (start: number, end: number) => ({ start, end, category: "A" });

test.each([
  ["something before", "New: Tesla and Tesla", [A(0, 5), A(10, 15)], ["Tesla", "Tesla"], [5, 15], []],
  ["one mention gone", "and Tesla", [A(0, 5), A(10, 15)], ["Tesla", "Tesla"], [4], ["Tesla"]],
  ["nothing left", "", [A(0, 5)], ["Tesla"], [], ["Tesla"]],
] as const)("%s", (_, text, labels, quotes, starts, lost) => {
  const found = reanchor(text, labels, quotes);
  expect(found.labels.map(({ start }) => start)).toEqual(starts);
  expect(found.lost).toEqual(lost);
});

test("on the same text everything stays, and after an insertion everything moves along", () => {
  const drawn = texts.chain((text) => fc.tuple(fc.constant(text), labelSets(text.length)));
  fc.assert(
    fc.property(drawn, ([text, labels]) => {
      const quotes = labels.map(({ start, end }) => text.slice(start, end));
      expect(reanchor(text, labels, quotes)).toEqual({ labels, lost: [] });
      const moved = reanchor(`@@@${text}`, labels, quotes);
      expect(moved.lost).toEqual([]);
      for (const [i, label] of moved.labels.entries()) expect(`@@@${text}`.slice(label.start, label.end)).toBe(quotes[i]);
    }),
  );
});
