// Short messages about what was done, shown on whatever page one is, with a way back where there is one.
import { useSyncExternalStore } from "react";

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly undo?: () => Promise<unknown>;
}

const SHOWN_FOR = 12_000;

const timers = new Map<number, ReturnType<typeof setTimeout>>();
let isHeld = false;
let notices: readonly Notice[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

export function notify(text: string, undo?: () => Promise<unknown>): void {
  const id = ++lastId;
  change([...notices, { id, text, ...(undo === undefined ? {} : { undo }) }]);
  if (!isHeld) expire(id);
}

export function dismiss(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  change(notices.filter((notice) => notice.id !== id));
  // The last one takes the pointer or the focus with it, which the browser does not report.
  if (notices.length === 0) isHeld = false;
}

/** While somebody points at a message, or has the focus in one, none goes; afterwards each has its whole time again. */
export function holdNotices(held: boolean): void {
  if (held === isHeld) return;
  isHeld = held;
  timers.forEach((timer) => clearTimeout(timer));
  timers.clear();
  if (!held) notices.forEach(({ id }) => expire(id));
}

export function readNotices(): readonly Notice[] {
  return notices;
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(subscribe, readNotices);
}

function expire(id: number): void {
  timers.set(id, setTimeout(() => dismiss(id), SHOWN_FOR));
}

function change(next: readonly Notice[]): void {
  notices = next;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
