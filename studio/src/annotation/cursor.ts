// The word cursor: what the keyboard has selected, as the word where it began and the word where it is.
import type { Span } from "./label";
import { nextWord, previousWord, type Words } from "./words";

export interface Cursor {
  readonly anchor: Span;
  readonly focus: Span;
}

export function cursorAt(span: Span): Cursor {
  return { anchor: span, focus: span };
}

export function cursorSpan({ anchor, focus }: Cursor): Span {
  return { start: Math.min(anchor.start, focus.start), end: Math.max(anchor.end, focus.end) };
}

/** One word on; where there is none, the cursor stays. */
export function moveByWord(words: Words, cursor: Cursor, direction: 1 | -1, extend: boolean): Cursor {
  const from = cursor.focus;
  const focus = direction > 0 ? nextWord(words, from.end - 1) : previousWord(words, from.start);
  return focus === undefined ? cursor : moveTo(cursor, focus, extend);
}

export function moveTo(cursor: Cursor, focus: Span, extend: boolean): Cursor {
  return extend ? { anchor: cursor.anchor, focus } : cursorAt(focus);
}

export type Edge = "start" | "end";

/** `span` with one edge a word further; undefined where it would become empty or leave the text. */
export function moveEdge(words: Words, span: Span, edge: Edge, direction: 1 | -1): Span | undefined {
  const moved = edge === "start" ? newStart(words, span.start, direction) : newEnd(words, span.end, direction);
  if (moved === undefined) return undefined;
  const result = edge === "start" ? { start: moved, end: span.end } : { start: span.start, end: moved };
  return result.start < result.end ? result : undefined;
}

function newStart(words: Words, start: number, direction: 1 | -1): number | undefined {
  return (direction > 0 ? nextWord(words, start) : previousWord(words, start))?.start;
}

function newEnd(words: Words, end: number, direction: 1 | -1): number | undefined {
  if (direction > 0) return nextWord(words, end - 1)?.end;
  const last = previousWord(words, end);
  if (last === undefined) return undefined;
  return last.end < end ? last.end : previousWord(words, last.start)?.end;
}
