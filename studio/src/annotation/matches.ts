// Other places that say the same, for "label them all".
import { overlaps, type Labels, type Span } from "./label";

export interface MatchOptions {
  readonly matchCase: boolean;
  readonly wholeWords: boolean;
}

const WORD_CHARACTER = /[\p{L}\p{N}\p{M}_]/u;

/** Where `quote` stands in `text` and no label is yet, in order, without overlaps. Plain comparison, no pattern. */
export function unlabelledMatches(text: string, quote: string, labels: Labels, options: MatchOptions): Span[] {
  const found: Span[] = [];
  if (quote === "") return found;
  let next = 0;
  for (let start = find(text, quote, 0, options); start >= 0; start = find(text, quote, start + 1, options)) {
    const span = { start, end: start + quote.length };
    if (start < next || (options.wholeWords && !isWhole(text, span))) continue;
    if (labels.some((label) => overlaps(label, span))) continue;
    found.push(span);
    next = span.end;
  }
  return found;
}

/** Case is compared piece by piece of the original text: folding all of it would shift offsets (İ has two units). */
function find(text: string, quote: string, from: number, { matchCase }: MatchOptions): number {
  if (matchCase) return text.indexOf(quote, from);
  const folded = fold(quote);
  const first = quote.charAt(0);
  const [lower, upper] = [first.toLowerCase(), first.toUpperCase()];
  for (let start = from; start + quote.length <= text.length; start++) {
    const character = text.charAt(start);
    if (character !== first && character !== lower && character !== upper) continue;
    if (fold(text.slice(start, start + quote.length)) === folded) return start;
  }
  return -1;
}

function fold(text: string): string {
  return text.toUpperCase().toLowerCase();
}

function isWhole(text: string, { start, end }: Span): boolean {
  return !joins(text, start) && !joins(text, end);
}

/** Whether the characters on both sides of `offset` belong to one word. */
function joins(text: string, offset: number): boolean {
  const before = Array.from(text.slice(Math.max(0, offset - 2), offset)).at(-1) ?? "";
  const after = String.fromCodePoint(text.codePointAt(offset) ?? 0x20);
  return WORD_CHARACTER.test(before) && WORD_CHARACTER.test(after);
}
