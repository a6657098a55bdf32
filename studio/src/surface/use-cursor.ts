// The selection of an annotation surface, by mouse and by keyboard. The browser's own selection is the truth: it is
// painted without our doing, read out by assistive technology, and survives that labels are painted under it.
import { useCallback, useEffect, useRef, type RefObject } from "react";
import { cursorAt, cursorSpan, moveByWord, moveTo, type Cursor } from "../annotation/cursor";
import type { Span } from "../annotation/label";
import { snapToCharacters, wordNear, type Words } from "../annotation/words";
import { selectSpan, toOffset, toRange } from "./dom-offsets";

export type Move = "word" | "row" | "rowEdge" | "text";

export interface CursorControl {
  /** Selects a span as if a person had, and scrolls it into sight. */
  readonly select: (span: Span) => void;
  readonly move: (by: Move, direction: 1 | -1, extend: boolean) => Span | undefined;
  /** Moves the end of the selection by one character, as people count them. */
  readonly moveByCharacter: (direction: 1 | -1) => Span | undefined;
  /** Where the next key starts from, without selecting: a click. */
  readonly place: (offset: number) => void;
}

const HIGHLIGHT = "chosen";

export function useCursor(container: RefObject<HTMLElement | null>, text: string, words: Words): CursorControl {
  const cursor = useRef<Cursor | null>(null);

  useEffect(() => () => void CSS.highlights.delete(HIGHLIGHT), []);

  const show = useCallback(
    (next: Cursor): Span => {
      cursor.current = next;
      const span = cursorSpan(next);
      const element = container.current;
      if (element !== null) {
        selectSpan(element, span);
        const range = toRange(element, span);
        // Painted by the browser without the focus, too: while a menu has it.
        CSS.highlights.set(HIGHLIGHT, new Highlight(range));
        reveal(element, toRange(element, next.focus));
      }
      return span;
    },
    [container],
  );

  const select = useCallback(
    (span: Span) => {
      const first = wordNear(words, span.start);
      const last = wordNear(words, span.end - 1);
      const isWords = first !== undefined && last !== undefined && first.start === span.start && last.end === span.end;
      show(isWords ? { anchor: first, focus: last } : cursorAt(span));
    },
    [show, words],
  );

  const move = useCallback(
    (by: Move, direction: 1 | -1, extend: boolean): Span | undefined => {
      const element = container.current;
      const first = wordNear(words, 0);
      if (element === null || first === undefined) return undefined;
      // The first key enters the text at its beginning, except one that names another place.
      if (cursor.current === null && by !== "text") return show(cursorAt(first));
      const from = cursor.current ?? cursorAt(first);
      if (by === "word") return show(moveByWord(words, from, direction, extend));
      const offset = by === "text" ? (direction > 0 ? text.length : 0) : rowOffset(element, from.focus, by, direction);
      const focus = wordNear(words, by === "rowEdge" && direction > 0 ? Math.max(0, offset - 1) : offset);
      return show(focus === undefined ? from : moveTo(from, focus, extend));
    },
    [container, show, text, words],
  );

  const moveByCharacter = useCallback(
    (direction: 1 | -1): Span | undefined => {
      if (cursor.current === null) return undefined;
      const span = cursorSpan(cursor.current);
      const moved =
        direction > 0
          ? snapToCharacters(text, { start: span.start, end: Math.min(text.length, span.end + 1) })
          : snapToCharacters(text, { start: span.start, end: characterBefore(text, span.end) });
      return moved === null ? undefined : show(cursorAt(moved));
    },
    [show, text],
  );

  const place = useCallback(
    (offset: number) => {
      const near = wordNear(words, offset);
      // An empty span before the word: the first step forward lands on it.
      cursor.current = near === undefined ? null : cursorAt({ start: near.start, end: near.start });
      CSS.highlights.delete(HIGHLIGHT);
    },
    [words],
  );

  return { select, move, moveByCharacter, place };
}

/** Start of the character that ends at `end`. */
function characterBefore(text: string, end: number): number {
  return snapToCharacters(text, { start: end - 1, end })?.start ?? end;
}

/** Where the row above or below, or the edge of this row, is: asked of the browser, which alone knows the layout. */
function rowOffset(container: HTMLElement, from: Span, by: "row" | "rowEdge", direction: 1 | -1): number {
  const selection = document.getSelection();
  if (selection === null) return from.start;
  const range = toRange(container, from);
  selection.collapse(range.startContainer, range.startOffset);
  selection.modify("move", direction > 0 ? "forward" : "backward", by === "row" ? "line" : "lineboundary");
  const { focusNode, focusOffset } = selection;
  if (focusNode === null || !container.contains(focusNode)) return from.start;
  return toOffset(container, focusNode, focusOffset);
}

/** Scrolls only as far as needed, with a little room. */
function reveal(container: HTMLElement, range: Range): void {
  const scroller = container.closest(".scroller");
  if (scroller === null) return;
  const [inner, outer] = [range.getBoundingClientRect(), scroller.getBoundingClientRect()];
  const room = 60;
  if (inner.top < outer.top + room) scroller.scrollTop -= outer.top + room - inner.top;
  else if (inner.bottom > outer.bottom - room) scroller.scrollTop += inner.bottom - outer.bottom + room;
}
