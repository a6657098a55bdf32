// Which key does what on the labeling page; the table that the help shows is beside the one that is obeyed.
export type Command =
  | { readonly kind: "label" | "labelAll"; readonly key: string }
  | { readonly kind: "moveEdge"; readonly edge: "start" | "end"; readonly direction: 1 | -1 }
  | { readonly kind: "goToLabel" | "goToDocument"; readonly direction: 1 | -1 }
  | { readonly kind: "pick" | "acceptOrPick" | "remove" | "reject" | "undo" | "redo" | "done" | "save" | "help" | "cancel" };

interface Key {
  readonly key: string;
  /** The key's place: a digit with Shift has another name in every country. */
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

const PLAIN: Readonly<Record<string, Command>> = {
  l: { kind: "pick" },
  Enter: { kind: "acceptOrPick" },
  x: { kind: "reject" },
  Delete: { kind: "remove" },
  Backspace: { kind: "remove" },
  "[": { kind: "moveEdge", edge: "start", direction: -1 },
  "]": { kind: "moveEdge", edge: "start", direction: 1 },
  "{": { kind: "moveEdge", edge: "end", direction: -1 },
  "}": { kind: "moveEdge", edge: "end", direction: 1 },
  n: { kind: "goToLabel", direction: 1 },
  p: { kind: "goToLabel", direction: -1 },
  "?": { kind: "help" },
  Escape: { kind: "cancel" },
};

/** Whether a character is a command of this page, so that no entity type can have it; the service refuses it, too. */
export function isCommandKey(character: string): boolean {
  return PLAIN[character.toLowerCase()] !== undefined;
}

/** @param hotkeys of entity types beyond the digits. */
export function commandOf(key: Key, hotkeys: ReadonlySet<string>): Command | undefined {
  if (key.ctrlKey || key.metaKey) return commandWithControl(key);
  if (key.altKey) {
    if (key.key === "ArrowDown") return { kind: "goToDocument", direction: 1 };
    if (key.key === "ArrowUp") return { kind: "goToDocument", direction: -1 };
    // Some keyboards write brackets with Alt.
    return PLAIN[key.key]?.kind === "moveEdge" ? PLAIN[key.key] : undefined;
  }
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(key.code)?.[1];
  if (digit !== undefined && !(key.code.startsWith("Numpad") && !/\d/.test(key.key))) {
    return { kind: key.shiftKey ? "labelAll" : "label", key: digit };
  }
  const command = PLAIN[key.key.length === 1 ? key.key.toLowerCase() : key.key];
  return command === undefined && hotkeys.has(key.key) ? { kind: "label", key: key.key } : command;
}

function commandWithControl(key: Key): Command | undefined {
  switch (key.key.toLowerCase()) {
    case "z":
      return { kind: key.shiftKey ? "redo" : "undo" };
    case "y":
      return { kind: "redo" };
    case "s":
      return { kind: "save" };
    case "enter":
      return { kind: "done" };
    default:
      return undefined;
  }
}

/** For the help: what to press, and what happens. */
export const KEYS: readonly (readonly [title: string, rows: readonly (readonly [keys: string, what: string])[]])[] = [
  [
    "Select",
    [
      ["Drag, double-click", "select whole words; with Alt exact characters"],
      ["← →", "word before, word after"],
      ["Shift ← →", "longer, shorter by a word; with Alt too by a character"],
      ["↑ ↓ Home End", "row above, row below, start and end of the row"],
      ["Ctrl Home, Ctrl End", "start and end of the text"],
      ["N, P", "next label, label before"],
    ],
  ],
  [
    "Label",
    [
      ["1 … 9", "label the selection, or relabel the label there"],
      ["L or Enter", "choose from all entity types; on a suggestion, Enter accepts it"],
      ["X", "reject the suggestion"],
      ["Shift 1 … 9", "label every place in this document that says the same"],
      ["Delete", "remove the label"],
      ["[ ]", "start of the label a word earlier, later"],
      ["{ }", "end of the label a word earlier, later"],
      ["Ctrl Z, Ctrl Shift Z", "undo, redo"],
      ["Esc", "put the brush down, close the menu"],
    ],
  ],
  [
    "Go on",
    [
      ["Ctrl Enter", "this document is done: save, and on to the next unlabelled one"],
      ["Alt ↑, Alt ↓", "document before, next document"],
      ["Ctrl S", "save now (it is saved by itself, too)"],
      ["?", "these keys"],
    ],
  ],
];
