// A long text in blocks that are painted independently: a change repaints the blocks that it touches and no other.
import type { Label, Labels, Span } from "./label";

/** Text of a block, in UTF-16 code units: whole lines up to this, and a longer line is cut. */
const BLOCK = 2000;
const LONGEST_LINE = 4000;

/** Blocks that cover the text without gaps; each but the last ends after a line end, or within a very long line. */
export function blocksOf(text: string): Span[] {
  const blocks: Span[] = [];
  let start = 0;
  while (start < text.length) {
    const end = blockEnd(text, start);
    blocks.push({ start, end });
    start = end;
  }
  return blocks.length > 0 ? blocks : [{ start: 0, end: 0 }];
}

function blockEnd(text: string, start: number): number {
  if (start + BLOCK >= text.length) return text.length;
  const lastLine = text.lastIndexOf("\n", start + BLOCK - 1);
  if (lastLine >= start) return lastLine + 1;
  const nextLine = text.indexOf("\n", start);
  if (nextLine >= 0 && nextLine < start + LONGEST_LINE) return nextLine + 1;
  if (nextLine < 0 && text.length <= start + LONGEST_LINE) return text.length;
  return cut(text, start + LONGEST_LINE);
}

/** At a space where there is one near, and never inside a surrogate pair. */
function cut(text: string, limit: number): number {
  const space = text.lastIndexOf(" ", limit - 1);
  if (space > limit - 200) return space + 1;
  return text.charCodeAt(limit - 1) >> 10 === 0x36 ? limit - 1 : limit;
}

/** The block that holds `offset`; its end belongs to the next one, the text's end to the last. */
export function blockAt(blocks: readonly Span[], offset: number): number {
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((blocks[middle] as Span).start <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Gives labels to blocks. A block whose labels did not change since the last call gets the same array again, so that
 * React sees at once that there is nothing to repaint.
 */
export function blockLabels(blocks: readonly Span[]): (labels: Labels) => readonly Labels[] {
  let previous: readonly Labels[] = [];
  return (labels) => {
    const found: Label[][] = blocks.map(() => []);
    for (const label of labels) {
      for (let i = blockAt(blocks, label.start); i < blocks.length && (blocks[i] as Span).start < label.end; i++) {
        found[i]?.push(label);
      }
    }
    previous = found.map((own, i) => {
      const before = previous[i];
      return before?.length === own.length && before.every((label, j) => label === own[j]) ? before : own;
    });
    return previous;
  };
}

/** A piece of a block between label boundaries, and the labels that cover it, outermost first. */
export interface Segment extends Span {
  readonly labels: Labels;
}

/** Cuts `block` at every label boundary; overlapping labels share segments. */
export function segmentsOf(block: Span, labels: Labels): Segment[] {
  const cuts = new Set([block.start, block.end]);
  for (const { start, end } of labels) {
    if (start > block.start && start < block.end) cuts.add(start);
    if (end > block.start && end < block.end) cuts.add(end);
  }
  const sorted = [...cuts].sort((a, b) => a - b);
  const segments: Segment[] = [];
  let next = 0;
  let open: Label[] = [];
  for (let i = 0; i + 1 < sorted.length; i++) {
    const [start, end] = [sorted[i] as number, sorted[i + 1] as number];
    open = open.filter((label) => label.end > start);
    for (let label = labels[next]; label !== undefined && label.start <= start; label = labels[++next]) {
      if (label.end > start) open.push(label);
    }
    segments.push({ start, end, labels: open.length > 0 ? [...open] : NONE });
  }
  return segments;
}

const NONE: Labels = [];
