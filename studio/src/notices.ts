// Short messages about what was done, shown on whatever page one is, with a way back where there is one.
import { useSyncExternalStore } from "react";

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly undo?: () => Promise<unknown>;
}

const SHOWN_FOR = 12_000;

let notices: readonly Notice[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

export function notify(text: string, undo?: () => Promise<unknown>): void {
  const id = ++lastId;
  change([...notices, { id, text, ...(undo === undefined ? {} : { undo }) }]);
  setTimeout(() => dismiss(id), SHOWN_FOR);
}

export function dismiss(id: number): void {
  change(notices.filter((notice) => notice.id !== id));
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(subscribe, () => notices);
}

function change(next: readonly Notice[]): void {
  notices = next;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
