import fc from "fast-check";
import { expect, test } from "vitest";
import { rebase, record, redo, startHistory, undo, type History } from "../src/annotation/history";
import { mergeLabels } from "../src/annotation/merge";
import { labelSets } from "./arbitraries";

const steps = fc.array(labelSets(40), { minLength: 1, maxLength: 10 });

function repeat(times: number, step: (history: History) => History, history: History): History {
  return times === 0 ? history : repeat(times - 1, step, step(history));
}

test("undoing everything leads to the start, redoing everything to the end", () => {
  fc.assert(
    fc.property(labelSets(40), steps, (start, states) => {
      const history = states.reduce((before, labels, i) => record(before, labels, `step ${i}`), startHistory(start));
      const undone = repeat(history.past.length, undo, history);
      expect(undone.present).toEqual(start);
      expect(repeat(history.past.length, redo, undone)).toEqual(history);
    }),
  );
});

test("a change after undo forgets what was undone", () => {
  const [a, b, c] = [[{ start: 0, end: 1, category: "A" }], [{ start: 1, end: 2, category: "A" }], []];
  const history = record(undo(record(record(startHistory([]), a, "a"), b, "b")), c, "c");
  expect(redo(history)).toBe(history);
  expect(undo(history).present).toEqual(a);
});

test("200 steps are kept, nothing to undo and nothing changed are no steps", () => {
  let history = startHistory([]);
  for (let i = 0; i < 250; i++) history = record(history, [{ start: i, end: i + 1, category: "A" }], "step");
  expect(history.past).toHaveLength(200);
  expect(undo(startHistory([]))).toEqual(startHistory([]));
  expect(record(history, [...history.present], "same")).toBe(history);
});

test("undoing everything on top of somebody else's labels leaves theirs, redoing everything what both made", () => {
  fc.assert(
    fc.property(labelSets(40), labelSets(40), steps, (base, theirs, states) => {
      const history = states.reduce((before, labels, i) => record(before, labels, `step ${i}`), startHistory(base));
      const rebased = rebase(history, base, theirs);
      expect(rebased.present).toEqual(mergeLabels(base, history.present, theirs).labels);
      const undone = repeat(rebased.past.length, undo, rebased);
      expect(undone.present).toEqual(theirs);
      expect(repeat(rebased.past.length, redo, undone)).toEqual(rebased);
    }),
  );
});

test("a step that somebody else has made, too, is none any more", () => {
  const [mine, both] = [[{ start: 0, end: 1, category: "A" }], [{ start: 0, end: 1, category: "A" }, { start: 2, end: 3, category: "B" }]];
  const rebased = rebase(record(startHistory([]), mine, "mine"), [], both);
  expect(rebased).toEqual({ present: both, past: [], future: [] });
});
