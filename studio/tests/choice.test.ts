import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chosenOf, NOTHING_CHOSEN, toggle, type Choice } from "../src/pages/labeling/choice";

const SHOWN = ["a", "b", "c", "d", "e"];

function choose(...clicks: readonly string[]): readonly string[] {
  // A capital letter is a click with Shift.
  const choice = clicks.reduce<Choice>(
    (before, click) => toggle(before, SHOWN, click.toLowerCase(), { extend: click !== click.toLowerCase() }),
    NOTHING_CHOSEN,
  );
  return chosenOf(choice, SHOWN);
}

describe("toggle", () => {
  test.each([
    [["b"], ["b"]],
    [["b", "b"], []],
    [["b", "D"], ["b", "c", "d"]],
    [["d", "B"], ["b", "c", "d"]],
    [["a", "E", "b", "D"], ["a", "e"]],
    [["B"], ["b"]],
    [["e", "a", "B"], ["a", "b", "e"]],
  ])("%j chooses %j", (clicks, chosen) => {
    expect(choose(...clicks)).toEqual(chosen);
  });

  test("a range from a document that the list no longer shows is the document alone", () => {
    const choice = toggle(NOTHING_CHOSEN, ["gone"], "gone", { extend: false });
    expect(chosenOf(toggle(choice, SHOWN, "c", { extend: true }), SHOWN)).toEqual(["c"]);
  });

  test("only the document and what lies between it and the last one can change", () => {
    const clicks = fc.array(fc.tuple(fc.constantFrom(...SHOWN), fc.boolean()), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(clicks, (all) => {
        let choice = NOTHING_CHOSEN;
        for (const [location, extend] of all) {
          const after = toggle(choice, SHOWN, location, { extend });
          const changed = SHOWN.filter((each) => choice.locations.has(each) !== after.locations.has(each));
          const edges = [SHOWN.indexOf(location), extend && choice.anchor !== null ? SHOWN.indexOf(choice.anchor) : SHOWN.indexOf(location)];
          expect(changed).toContain(location);
          for (const each of changed) {
            expect(SHOWN.indexOf(each)).toBeGreaterThanOrEqual(Math.min(...edges));
            expect(SHOWN.indexOf(each)).toBeLessThanOrEqual(Math.max(...edges));
          }
          choice = after;
        }
      }),
    );
  });
});
