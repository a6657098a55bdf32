// Words of a text, by the browser's own Unicode rules, with binary searches over their boundaries.
import type { Span } from "./label";

export interface Words {
  /** Offsets where words start, ascending; spaces and punctuation are no words. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const WORDS = new Intl.Segmenter(undefined, { granularity: "word" });
const CHARACTERS = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const CHUNK = 5000;

export function wordsOf(text: string): Words {
  const starts: number[] = [];
  const ends: number[] = [];
  // In chunks that end at a space: the segmenter's time grows faster than the text.
  for (let from = 0; from < text.length; ) {
    const to = chunkEnd(text, from);
    for (const { segment, index, isWordLike } of WORDS.segment(text.slice(from, to))) {
      if (!isWordLike && !isSymbol(segment)) continue;
      starts.push(from + index);
      ends.push(from + index + segment.length);
    }
    from = to;
  }
  return { starts, ends };
}

/** Currency signs, emoji and the like can be labelled, so the cursor stops at them. */
function isSymbol(segment: string): boolean {
  return /\p{S}/u.test(segment);
}

function chunkEnd(text: string, from: number): number {
  if (from + CHUNK >= text.length) return text.length;
  for (let end = from + CHUNK; end > from + CHUNK / 2; end--) if (/\s/.test(text.charAt(end - 1))) return end;
  return characterStart(text, from + CHUNK);
}

/** The index of the last word that starts at or before `offset`; -1 before the first. */
export function wordAtOrBefore(words: Words, offset: number): number {
  let low = 0;
  let high = words.starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words.starts[middle] as number) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function wordSpan(words: Words, index: number): Span | undefined {
  const start = words.starts[index];
  const end = words.ends[index];
  return start === undefined || end === undefined ? undefined : { start, end };
}

/** The word that contains `offset`, else the next one, else the last. */
export function wordNear(words: Words, offset: number): Span | undefined {
  const before = wordAtOrBefore(words, offset);
  const span = wordSpan(words, before);
  if (span !== undefined && offset < span.end) return span;
  return wordSpan(words, before + 1) ?? span;
}

export function nextWord(words: Words, offset: number): Span | undefined {
  return wordSpan(words, wordAtOrBefore(words, offset) + 1);
}

export function previousWord(words: Words, offset: number): Span | undefined {
  return wordSpan(words, wordAtOrBefore(words, offset - 1));
}

/** `span` widened to the words that it touches, without the spaces around them; null where it holds nothing. */
export function snapToWords(text: string, words: Words, span: Span): Span | null {
  const trimmed = trimSpaces(text, span);
  if (trimmed === null) return null;
  const first = wordSpan(words, wordAtOrBefore(words, trimmed.start));
  const last = wordSpan(words, wordAtOrBefore(words, trimmed.end - 1));
  const start = first !== undefined && trimmed.start < first.end ? first.start : trimmed.start;
  const end = last !== undefined && trimmed.end - 1 < last.end ? Math.max(last.end, trimmed.end) : trimmed.end;
  return { start, end };
}

/** `span` widened to whole characters as people see them: an emoji or a letter with its accents is never cut. */
export function snapToCharacters(text: string, span: Span): Span | null {
  const start = characterStart(text, span.start);
  const end = characterEnd(text, span.end);
  return end > start ? { start, end } : null;
}

export function trimSpaces(text: string, span: Span): Span | null {
  let { start, end } = span;
  while (start < end && /\s/.test(text.charAt(start))) start++;
  while (end > start && /\s/.test(text.charAt(end - 1))) end--;
  return end > start ? { start, end } : null;
}

/** Without the punctuation that a drag took along: "Tesla," is "Tesla", while "(A) plc" keeps its bracket's pair. */
export function trimPunctuation(text: string, span: Span): Span | null {
  let { start, end } = span;
  while (start < end && /[\s\p{Ps}\p{Pi}"'`]/u.test(text.charAt(start))) start++;
  while (end > start && /[\s,;:!?"'`\p{Pe}\p{Pf}]/u.test(text.charAt(end - 1))) end--;
  return end > start ? { start, end } : null;
}

/** Longest character that is looked at around an offset, in UTF-16 code units; family emoji have about 11. */
const REACH = 64;

function characterStart(text: string, offset: number): number {
  const from = Math.max(0, offset - REACH);
  const around = CHARACTERS.segment(text.slice(from, offset + REACH)).containing(offset - from);
  return around === undefined ? offset : from + around.index;
}

function characterEnd(text: string, offset: number): number {
  const start = characterStart(text, offset);
  if (start === offset) return offset;
  const around = CHARACTERS.segment(text.slice(start, start + REACH)).containing(0);
  return start + (around?.segment.length ?? 0);
}
