import { describe, expect, test } from "vitest";
import { commandOf, isCommandKey } from "../src/pages/labeling/commands";

const NONE: ReadonlySet<string> = new Set();
const press = (key: string, extra: Partial<KeyboardEvent> = {}) => {
  const code = /^\d$/.test(key) ? `Digit${key}` : "";
  return { key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...extra };
};

describe("commandOf", () => {
  test.each([
    [press("1"), { kind: "label", key: "1" }],
    [press("!", { code: "Digit1", shiftKey: true }), { kind: "labelAll", key: "1" }],
    // The same place on a French keyboard, where digits need Shift.
    [press("é", { code: "Digit2" }), { kind: "label", key: "2" }],
    [press("7", { code: "Numpad7" }), { kind: "label", key: "7" }],
    [press("Home", { code: "Numpad7" }), undefined],
    [press("0"), undefined],
    [press("Delete"), { kind: "remove" }],
    [press("["), { kind: "moveEdge", edge: "start", direction: -1 }],
    // A German keyboard writes brackets with AltGr, which is Ctrl and Alt on some systems and Alt on others.
    [press("[", { altKey: true }), { kind: "moveEdge", edge: "start", direction: -1 }],
    [press("ArrowDown", { altKey: true }), { kind: "goToDocument", direction: 1 }],
    [press("z", { ctrlKey: true }), { kind: "undo" }],
    [press("Z", { metaKey: true, shiftKey: true }), { kind: "redo" }],
    [press("Enter", { ctrlKey: true }), { kind: "done" }],
    [press("c", { ctrlKey: true }), undefined],
    [press("a"), undefined],
  ])("%o: %o", (key, command) => {
    expect(commandOf(key, NONE)).toEqual(command);
  });

  test("an entity type's own letter labels, unless the letter has a meaning already", () => {
    const hotkeys = new Set(["s", "n", "S"]);
    expect(commandOf(press("s"), hotkeys)).toEqual({ kind: "label", key: "s" });
    expect(commandOf(press("S", { shiftKey: true }), hotkeys)).toEqual({ kind: "label", key: "S" });
    expect(commandOf(press("n"), hotkeys)).toEqual({ kind: "goToLabel", direction: 1 });
    expect(commandOf(press("s", { ctrlKey: true }), hotkeys)).toEqual({ kind: "save" });
  });
});

test("the keys of commands are those that the service refuses (RESERVED_KEYS of functions/lifecycle/categories.py)", () => {
  const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
  expect(printable.filter(isCommandKey).sort()).toEqual(Array.from("lLxXnNpP?[]{}").sort());
});
