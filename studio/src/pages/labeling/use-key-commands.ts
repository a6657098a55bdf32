import { useLayoutEffect } from "react";
import { commandOf, type Command } from "./commands";

/** Obeys keys wherever the focus is, except where somebody types or a dialog is open; saving works everywhere. */
export function useKeyCommands(hotkeys: ReadonlySet<string>, obey: (command: Command) => void): void {
  // Not after the paint, as other effects: a key between the two would be obeyed for what was there before.
  useLayoutEffect(() => {
    const keyDown = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented) return;
      const command = commandOf(event, hotkeys);
      if (command === undefined || (isBusyElsewhere(event.target, command) && command.kind !== "save")) return;
      event.preventDefault();
      obey(command);
    };
    document.addEventListener("keydown", keyDown);
    return () => document.removeEventListener("keydown", keyDown);
  });
}

function isBusyElsewhere(target: EventTarget | null, command: Command): boolean {
  if (document.querySelector("dialog[open]") !== null) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("input, select, textarea") !== null) return true;
  // Enter on a button or a link is theirs.
  return command.kind === "acceptOrPick" && target.closest("button, a") !== null;
}
