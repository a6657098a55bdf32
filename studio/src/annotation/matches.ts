// Other places that say the same, for "label them all": the rule of the service's functions/lifecycle/phrases.py, and
// one table of cases for both.
import { overlaps, type Labels, type Span } from "./label";
import { snapToCharacters } from "./words";

const WORD_CHARACTER = /[\p{L}\p{N}\p{M}_]/u;
/** Scripts that put no blanks between words, so that there every place may be the bound of one. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Where `quote` stands in `text` as whole words and no label is yet, in order, without overlaps. */
export function unlabelledMatches(text: string, quote: string, labels: Labels): Span[] {
  return wholeMatches(text, quote).filter((match) => !labels.some((label) => overlaps(label, match)));
}

/** Plain comparison, no pattern; never in the middle of a character as people see it. */
function wholeMatches(text: string, quote: string): Span[] {
  const found: Span[] = [];
  if (quote === "") return found;
  let free = 0;
  for (let start = text.indexOf(quote); start >= 0; start = text.indexOf(quote, start + 1)) {
    const span = { start, end: start + quote.length };
    if (start < free || joins(text, span.start) || joins(text, span.end) || !isOfCharacters(text, span)) continue;
    found.push(span);
    free = span.end;
  }
  return found;
}

function isOfCharacters(text: string, span: Span): boolean {
  const snapped = snapToCharacters(text, span);
  return snapped?.start === span.start && snapped.end === span.end;
}

/** Whether the characters on both sides of `offset` belong to one word. */
function joins(text: string, offset: number): boolean {
  const before = Array.from(text.slice(Math.max(0, offset - 2), offset)).at(-1) ?? "";
  const after = String.fromCodePoint(text.codePointAt(offset) ?? 0x20);
  return isInsideWord(before) && isInsideWord(after);
}

function isInsideWord(character: string): boolean {
  return WORD_CHARACTER.test(character) && !UNSPACED.test(character);
}
