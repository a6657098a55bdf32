// The text that people label: selection by mouse and by keyboard, and one event for either.
import { useEffect, useImperativeHandle, useRef, type KeyboardEvent, type PointerEvent, type Ref } from "react";
import { labelAt, type Span } from "../annotation/label";
import { snapToCharacters, snapToWords, trimPunctuation, type Words } from "../annotation/words";
import { readSelection, toRange } from "./dom-offsets";
import { Blocks, type Hues, type TonedLabel } from "./SpanText";
import { useCursor, type Move } from "./use-cursor";

export interface SurfaceHandle {
  readonly select: (span: Span) => void;
  readonly focus: () => void;
  /** Where a span is on the screen. */
  readonly rectangleOf: (span: Span) => DOMRect | undefined;
}

export interface Snapping {
  readonly toWords: boolean;
  readonly trimPunctuation: boolean;
}

interface AnnotationSurfaceProps {
  readonly text: string;
  readonly words: Words;
  readonly labels: readonly TonedLabel[];
  readonly hues: Hues;
  readonly snapping: Snapping;
  readonly name: string;
  readonly onSelect: (span: Span | null, by: "mouse" | "keyboard") => void;
  readonly ref: Ref<SurfaceHandle>;
}

const MOVES: Readonly<Record<string, readonly [Move, 1 | -1]>> = {
  ArrowRight: ["word", 1],
  ArrowLeft: ["word", -1],
  ArrowDown: ["row", 1],
  ArrowUp: ["row", -1],
  End: ["rowEdge", 1],
  Home: ["rowEdge", -1],
};

export function AnnotationSurface(props: AnnotationSurfaceProps) {
  const { text, words, labels, hues, snapping, name, onSelect, ref } = props;
  const container = useRef<HTMLDivElement>(null);
  const cursor = useCursor(container, text, words);
  const pressed = useRef(false);

  useImperativeHandle(ref, () => ({
    select: cursor.select,
    focus: () => container.current?.focus({ preventScroll: true }),
    rectangleOf: (span) =>
      container.current === null ? undefined : lastRectangle(toRange(container.current, span)),
  }));

  // A drag may end anywhere on the page.
  useEffect(() => {
    const released = (event: globalThis.PointerEvent) => {
      if (!pressed.current) return;
      pressed.current = false;
      // The browser changes its selection after this event when an earlier selection was clicked.
      setTimeout(() => takeSelection(event.altKey), 0);
    };
    const takeSelection = (exact: boolean) => {
      const element = container.current;
      const selected = element === null ? null : readSelection(element);
      if (selected === null) return;
      const chosen = selected.end > selected.start ? snapped(text, words, selected, snapping, exact) : clicked(selected);
      if (chosen === null) {
        cursor.place(selected.start);
        onSelect(null, "mouse");
        return;
      }
      cursor.select(chosen);
      onSelect(chosen, "mouse");
    };
    const clicked = (caret: Span) => labelAt(labels, caret) ?? null;
    document.addEventListener("pointerup", released);
    return () => document.removeEventListener("pointerup", released);
  });

  const press = (event: PointerEvent) => {
    pressed.current = event.button === 0;
  };

  const keyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const move = MOVES[event.key];
    const isCommand = event.ctrlKey || event.metaKey;
    if (move === undefined || (event.altKey && !event.shiftKey)) return;
    event.preventDefault();
    const [by, direction] = move;
    let span: Span | undefined;
    if (event.altKey) span = by === "word" ? cursor.moveByCharacter(direction) : undefined;
    else span = cursor.move(isCommand && by === "rowEdge" ? "text" : by, direction, event.shiftKey);
    if (span !== undefined) onSelect(span, "keyboard");
  };

  return (
    // Cursor keys have to reach this element and not a screen reader's own cursor, which is what this role says.
    // What the cursor stands on is announced in the page's status line.
    <div
      ref={container}
      className="span-text surface"
      role="application"
      aria-label={name}
      aria-roledescription="text to label"
      tabIndex={0}
      onPointerDown={press}
      onKeyDown={keyDown}
    >
      <Blocks text={text} labels={labels} hues={hues} />
    </div>
  );
}

function snapped(text: string, words: Words, selected: Span, snapping: Snapping, exact: boolean): Span | null {
  if (exact) return snapToCharacters(text, selected);
  const span = snapping.toWords ? snapToWords(text, words, selected) : snapToCharacters(text, selected);
  return span !== null && snapping.trimPunctuation ? trimPunctuation(text, span) : span;
}

function lastRectangle(range: Range): DOMRect | undefined {
  const rectangles = range.getClientRects();
  return rectangles[rectangles.length - 1];
}
