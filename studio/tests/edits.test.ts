import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { labelAfter, labelAll, moveLabelEdge, placeLabel, removeLabels, replaceByLabel } from "../src/annotation/edits";
import { overlapping } from "../src/annotation/label";
import { wordsOf } from "../src/annotation/words";
import { labelSets } from "./arbitraries";

const TEXT = "Tesla and Tesla Motors rose; Tesla fell";
const STOCK = { start: 10, end: 22, category: "STOCK" };

describe("placeLabel", () => {
  test("labels what is selected", () => {
    expect(placeLabel(TEXT, [], { start: 0, end: 5 }, "STOCK")).toMatchObject({
      kind: "edit",
      labels: [{ start: 0, end: 5, category: "STOCK" }],
      action: "Labelled “Tesla” as STOCK",
    });
  });
  test("a key on a label relabels the whole of it", () => {
    expect(placeLabel(TEXT, [STOCK], { start: 16, end: 22 }, "ORG")).toMatchObject({ labels: [{ ...STOCK, category: "ORG" }] });
  });
  test("the same category again is no change", () => {
    expect(placeLabel(TEXT, [STOCK], STOCK, "STOCK")).toMatchObject({ kind: "nothing" });
  });
  test("an overlap is a question, and replacing removes all that is in the way", () => {
    const edit = placeLabel(TEXT, [STOCK], { start: 16, end: 27 }, "ORG");
    expect(edit).toMatchObject({ kind: "overlap", others: [STOCK] });
    if (edit.kind === "overlap") expect(replaceByLabel(TEXT, [STOCK], edit.label)).toMatchObject({ labels: [edit.label] });
  });
  test.each([null, { start: 0, end: 501 }])("%j cannot be labelled, and the reason is said", (span) => {
    expect(placeLabel("x".repeat(600), [], span, "A")).toMatchObject({ kind: "nothing" });
  });
});

test("nothing makes a label of more than 500 characters", () => {
  const text = `${"x".repeat(498)} y ${"x".repeat(498)} y zz`;
  expect(labelAll(text, [], { start: 0, end: 501 }, "A")).toMatchObject({ kind: "nothing" });
  const long = { start: 0, end: 500, category: "A" };
  expect(moveLabelEdge(text, wordsOf(text), [long], long, "end", 1)).toMatchObject({ kind: "nothing" });
  // From a file with longer ones.
  const tooLong = { start: 0, end: text.length, category: "A" };
  expect(moveLabelEdge(text, wordsOf(text), [tooLong], tooLong, "end", -1)).toMatchObject({ kind: "edit" });
});

test("label all: every unlabelled place that says the same, as one step", () => {
  const edit = labelAll(TEXT, [STOCK], { start: 0, end: 5 }, "STOCK");
  expect(edit).toMatchObject({ kind: "edit", action: "Labelled 2 places “Tesla” as STOCK" });
  if (edit.kind === "edit") expect(edit.labels.map(({ start }) => start)).toEqual([0, 10, 29]);
  expect(labelAll(TEXT, [STOCK], STOCK, "STOCK")).toMatchObject({ kind: "nothing" });
});

describe("moving an edge by a word", () => {
  const words = wordsOf(TEXT);
  test.each([
    ["start", -1, "and Tesla Motors"],
    ["start", 1, "Motors"],
    ["end", 1, "Tesla Motors rose"],
    ["end", -1, "Tesla"],
  ] as const)("%s %i: %s", (edge, by, expected) => {
    const edit = moveLabelEdge(TEXT, words, [STOCK], { start: 12, end: 12 }, edge, by);
    expect(edit).toMatchObject({ kind: "edit", action: `STOCK is “${expected}” now` });
  });
  test("never into a neighbour, never to nothing, never without a label", () => {
    const neighbour = { start: 23, end: 27, category: "VERB" };
    expect(moveLabelEdge(TEXT, words, [STOCK, neighbour], STOCK, "end", 1)).toMatchObject({ kind: "nothing" });
    expect(moveLabelEdge(TEXT, words, [neighbour], neighbour, "end", -1)).toMatchObject({ kind: "nothing" });
    expect(moveLabelEdge(TEXT, words, [], STOCK, "end", 1)).toMatchObject({ kind: "nothing" });
  });
});

test("removing takes the label under the cursor, or all that a selection touches", () => {
  const other = { start: 29, end: 34, category: "STOCK" };
  expect(removeLabels(TEXT, [STOCK, other], { start: 12, end: 12 })).toMatchObject({ labels: [other] });
  expect(removeLabels(TEXT, [STOCK, other], { start: 0, end: TEXT.length })).toMatchObject({ labels: [], action: "Removed 2 labels" });
  expect(removeLabels(TEXT, [STOCK], { start: 0, end: 5 })).toMatchObject({ kind: "nothing" });
});

test("going from label to label ends where it began", () => {
  const labels = [{ start: 1, end: 2, category: "A" }, { start: 5, end: 6, category: "A" }];
  expect([null, labels[0]!, labels[1]!].map((from) => labelAfter(labels, from, 1)?.start)).toEqual([1, 5, 1]);
  expect([null, labels[0]!, labels[1]!].map((from) => labelAfter(labels, from, -1)?.start)).toEqual([5, 5, 1]);
  expect(labelAfter([], null, 1)).toBeUndefined();
});

test("no edit ever leaves labels that overlap", () => {
  fc.assert(
    fc.property(labelSets(TEXT.length), fc.nat(TEXT.length - 1), fc.integer({ min: 1, max: 12 }), (labels, start, size) => {
      const span = { start, end: Math.min(start + size, TEXT.length) };
      const edits = [placeLabel(TEXT, labels, span, "X"), labelAll(TEXT, labels, span, "X"), removeLabels(TEXT, labels, span)];
      for (const edit of edits) {
        if (edit.kind === "edit") for (const label of edit.labels) expect(overlapping(edit.labels, label)).toEqual([label]);
      }
    }),
  );
});
