// Between places in the page and offsets in the text. The text stands in block elements that carry `data-start`;
// generated content (the names after labels) is no text of the page, so ranges do not count it.
import type { Span } from "../annotation/label";

/** What is selected inside `container`, cut to it; null where nothing of it is. */
export function readSelection(container: HTMLElement): Span | null {
  const selection = document.getSelection();
  if (selection === null || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(container)) return null;
  const start = container.contains(range.startContainer) ? toOffset(container, range.startContainer, range.startOffset) : 0;
  const end = container.contains(range.endContainer)
    ? toOffset(container, range.endContainer, range.endOffset)
    : container.textContent.length;
  return { start, end };
}

export function toOffset(container: HTMLElement, node: Node, offset: number): number {
  const block = blockElement(container, node);
  if (block === null) {
    // The place is between blocks: before the child with that index.
    const next = container.childNodes[offset];
    return next instanceof HTMLElement ? startOf(next) : container.textContent.length;
  }
  const before = document.createRange();
  before.setStart(block, 0);
  before.setEnd(node, offset);
  return startOf(block) + before.toString().length;
}

/** A range of the page for a span of the text. */
export function toRange(container: HTMLElement, span: Span): Range {
  const range = document.createRange();
  range.setStart(...place(container, span.start, false));
  range.setEnd(...place(container, span.end, true));
  return range;
}

/** Moves the native selection, which paints it and tells assistive technology. */
export function selectSpan(container: HTMLElement, span: Span): void {
  const selection = document.getSelection();
  const [startNode, startOffset] = place(container, span.start, false);
  const [endNode, endOffset] = place(container, span.end, true);
  selection?.setBaseAndExtent(startNode, startOffset, endNode, endOffset);
}

function place(container: HTMLElement, offset: number, isEnd: boolean): [Node, number] {
  const block = blockOfOffset(container, offset, isEnd);
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  let left = offset - startOf(block);
  let last: Node = block;
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const { length } = node as Text;
    if (left < length || (isEnd && left === length)) return [node, left];
    left -= length;
    last = node;
  }
  return last === block ? [block, 0] : [last, (last as Text).length];
}

/** An end at a border belongs to the block before it, a start to the one after. */
function blockOfOffset(container: HTMLElement, offset: number, isEnd: boolean): HTMLElement {
  const blocks = container.children;
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const start = startOf(blocks[middle] as HTMLElement);
    if (start < offset || (!isEnd && start === offset)) low = middle;
    else high = middle - 1;
  }
  return blocks[low] as HTMLElement;
}

function blockElement(container: HTMLElement, node: Node): HTMLElement | null {
  let current: Node | null = node;
  while (current !== null && current.parentNode !== container) current = current === container ? null : current.parentNode;
  return current as HTMLElement | null;
}

function startOf(block: HTMLElement): number {
  return Number(block.dataset["start"]);
}
