import { expect, test } from "vitest";
import { hueOfColor, huesOf, keysOf } from "../src/categories";

test("each type has the key that is kept with it, wherever it stands in the list", () => {
  const entities = [{ category: "A" }, { category: "B", hotkey: "1" }, { category: "C", hotkey: "s" }];
  expect([...keysOf(entities)]).toEqual([["B", "1"], ["C", "s"]]);
});

test.each([
  ["#ff0000", 29],
  ["#00ff00", 142],
  ["#0000ff", 264],
  ["#808080", undefined],
  ["red", undefined],
  [undefined, undefined],
])("the hue of %s is about %s", (color, hue) => {
  const found = hueOfColor(color);
  if (hue === undefined) expect(found).toBeUndefined();
  else expect(Math.abs((found ?? 999) - hue)).toBeLessThanOrEqual(3);
});

test("neighbours never look alike, and a colour of one's own wins", () => {
  const hues = [...huesOf(Array.from({ length: 200 }, (_, i) => ({ category: String(i) }))).values()];
  hues.slice(1).forEach((hue, i) => {
    const distance = Math.abs(hue - (hues[i] ?? 0));
    expect(Math.min(distance, 360 - distance)).toBeGreaterThan(90);
  });
  expect(huesOf([{ category: "A", color: "#ff0000" }]).get("A")).toBe(hueOfColor("#ff0000"));
});
