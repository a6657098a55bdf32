import fc from "fast-check";
import { expect, test } from "vitest";
import { outcomesOf } from "../src/annotation/outcomes";
import { labelSets } from "./arbitraries";

const label = (start: number, end: number, category: string) => ({ start, end, category });

test("right, wrong type, wrong span, missed and spurious", () => {
  const expected = [label(0, 5, "A"), label(10, 15, "A"), label(20, 25, "A"), label(30, 35, "A")];
  const predicted = [label(0, 5, "A"), label(10, 15, "B"), label(22, 28, "A"), label(40, 45, "B")];
  expect(outcomesOf(expected, predicted).map(({ kind }) => kind)).toEqual(["right", "wrong", "wrong", "missed", "spurious"]);
});

test("a right one is never given away to a neighbour that overlaps", () => {
  const outcomes = outcomesOf([label(0, 10, "A"), label(12, 20, "A")], [label(5, 15, "A"), label(12, 20, "A")]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["wrong", "right"]);
});

test("every label and every prediction is in exactly one outcome", () => {
  fc.assert(
    fc.property(labelSets(50), labelSets(50), (expected, predicted) => {
      const outcomes = outcomesOf(expected, predicted);
      const labels = outcomes.flatMap((outcome) => (outcome.kind === "spurious" ? [] : [outcome.expected]));
      const found = outcomes.flatMap((outcome) => (outcome.kind === "missed" ? [] : [outcome.predicted]));
      expect(new Set(labels)).toEqual(new Set(expected));
      expect(new Set(found)).toEqual(new Set(predicted));
      expect(labels).toHaveLength(expected.length);
      expect(found).toHaveLength(predicted.length);
    }),
  );
});
