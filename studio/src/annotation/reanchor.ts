// Labels of a text that was replaced by another version of it: found again by what they say.
import { overlaps, sortedLabels, type Label, type Labels } from "./label";

export interface Reanchored {
  readonly labels: Labels;
  /** What the labels said that the new text does not say, or not often enough. */
  readonly lost: readonly string[];
}

/** Each label where `text` says the same as it did, nearest to its old place, shifted as the labels before it were. */
export function reanchor(text: string, labels: Labels, quotes: readonly string[]): Reanchored {
  const placed: Label[] = [];
  const lost: string[] = [];
  let shift = 0;
  labels.forEach((label, i) => {
    const quote = quotes[i] ?? "";
    const start = nearest(text, quote, label.start + shift, placed);
    if (start === undefined) lost.push(quote);
    else {
      shift = start - label.start;
      placed.push({ start, end: start + quote.length, category: label.category });
    }
  });
  return { labels: sortedLabels(placed), lost };
}

function nearest(text: string, quote: string, wanted: number, taken: Labels): number | undefined {
  let best: number | undefined;
  if (quote === "") return best;
  for (let start = text.indexOf(quote); start >= 0; start = text.indexOf(quote, start + 1)) {
    const distance = Math.abs(start - wanted);
    if (best !== undefined && distance >= Math.abs(best - wanted)) continue;
    if (!taken.some((label) => overlaps(label, { start, end: start + quote.length }))) best = start;
  }
  return best;
}
