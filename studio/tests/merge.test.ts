import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changesBetween, overlapping, sameLabels, type Label, type Labels } from "../src/annotation/label";
import { decideForMine, mergeLabels } from "../src/annotation/merge";
import { labelSets } from "./arbitraries";

const label = (start: number, end: number, category = "A"): Label => ({ start, end, category });

describe("mergeLabels", () => {
  const cases: readonly (readonly [string, Labels, Labels, Labels, Labels])[] = [
    ["both add elsewhere", [], [label(0, 2)], [label(5, 7)], [label(0, 2), label(5, 7)]],
    ["both add the same", [], [label(0, 2)], [label(0, 2)], [label(0, 2)]],
    ["I remove, they add elsewhere", [label(0, 2)], [], [label(0, 2), label(5, 7)], [label(5, 7)]],
    ["they relabel, I do nothing", [label(0, 2)], [label(0, 2)], [label(0, 2, "B")], [label(0, 2, "B")]],
    ["I lengthen, they add next to it", [label(0, 2)], [label(0, 3)], [label(0, 2), label(3, 5)], [label(0, 3), label(3, 5)]],
    ["both remove", [label(0, 2)], [], [], []],
  ];
  test.each(cases)("%s: no clash", (_, base, mine, theirs, expected) => {
    expect(mergeLabels(base, mine, theirs)).toEqual({ labels: expected, clashes: [] });
  });

  const clashing: readonly (readonly [string, Labels, Labels, Labels])[] = [
    ["two categories for one place", [], [label(0, 2, "A")], [label(0, 2, "B")]],
    ["two labels that overlap", [], [label(0, 4)], [label(2, 6)]],
    ["I remove what they relabel", [label(0, 2)], [], [label(0, 2, "B")]],
    ["they remove what I move", [label(0, 2)], [label(0, 3)], []],
  ];
  test.each(clashing)("%s: a clash, with their side in place until it is decided", (_, base, mine, theirs) => {
    const merged = mergeLabels(base, mine, theirs);
    expect(merged.labels).toEqual(theirs);
    expect(merged.clashes).toHaveLength(1);
    expect(merged.clashes[0]).toMatchObject({ mine, theirs });
    expect(decideForMine(merged.labels, merged.clashes[0]!)).toEqual(mine);
  });

  const sides = fc.tuple(labelSets(60), labelSets(60), labelSets(60));

  test("a side that changed nothing adds nothing", () => {
    fc.assert(
      fc.property(labelSets(60), labelSets(60), (base, other) => {
        expect(mergeLabels(base, other, base)).toEqual({ labels: other, clashes: [] });
        expect(mergeLabels(base, base, other)).toEqual({ labels: other, clashes: [] });
      }),
    );
  });

  test("the result never overlaps, however the clashes are decided", () => {
    fc.assert(
      fc.property(sides, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), ([base, mine, theirs], decisions) => {
        const merged = mergeLabels(base, mine, theirs);
        const decided = merged.clashes.reduce<Labels>(
          (labels, clash, i) => (decisions[i % decisions.length] === true ? decideForMine(labels, clash) : labels),
          merged.labels,
        );
        for (const each of decided) expect(overlapping(decided, each)).toEqual([each]);
      }),
    );
  });

  test("deciding every clash for one side keeps all of that side's changes", () => {
    fc.assert(
      fc.property(sides, ([base, mine, theirs]) => {
        const merged = mergeLabels(base, mine, theirs);
        const forMine = merged.clashes.reduce<Labels>(decideForMine, merged.labels);
        expect(changesBetween(forMine, mine).added.filter((each) => !base.some((b) => sameLabels([b], [each])))).toEqual([]);
        expect(theirs.filter((each) => !base.some((b) => sameLabels([b], [each])) && !merged.labels.some((m) => sameLabels([m], [each])))).toEqual([]);
      }),
    );
  });
});
