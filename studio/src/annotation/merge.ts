// Three-way merge of labels, as version control merges lines: regions that one side changed merge silently, a region
// that both sides changed differently is a clash for a person to decide.
import { compareLabels, labelKey, sameLabels, sortedLabels, type Label, type Labels } from "./label";

/** One stretch of text where both sides changed the labels, and not to the same. */
export interface Clash {
  readonly start: number;
  readonly end: number;
  readonly mine: Labels;
  readonly theirs: Labels;
}

export interface Merged {
  /** Everything that could be merged; in a clash, their side. */
  readonly labels: Labels;
  readonly clashes: readonly Clash[];
}

export function mergeLabels(base: Labels, mine: Labels, theirs: Labels): Merged {
  const keys = [base, mine, theirs].map((labels) => new Set(labels.map(labelKey)));
  const of = (side: 0 | 1 | 2, region: Labels) => region.filter((label) => keys[side]?.has(labelKey(label)));
  const labels: Label[] = [];
  const clashes: Clash[] = [];
  for (const region of regions(sortedLabels([...base, ...mine, ...theirs]))) {
    const [before, own, other] = [of(0, region), of(1, region), of(2, region)];
    if (sameLabels(own, other) || sameLabels(before, own)) labels.push(...other);
    else if (sameLabels(before, other)) labels.push(...own);
    else {
      labels.push(...other);
      clashes.push({ ...extent(region), mine: own, theirs: other });
    }
  }
  return { labels: labels.sort(compareLabels), clashes };
}

/** `labels` with one clash decided for `mine`. */
export function decideForMine(labels: Labels, clash: Clash): Label[] {
  const theirs = new Set(clash.theirs.map(labelKey));
  return sortedLabels([...labels.filter((label) => !theirs.has(labelKey(label))), ...clash.mine]);
}

/** Runs of labels that overlap, each with the next or through others. */
function regions(sorted: Labels): Label[][] {
  const found: Label[][] = [];
  let end = -1;
  for (const label of sorted) {
    const last = found.at(-1);
    if (last !== undefined && label.start < end) last.push(label);
    else found.push([label]);
    end = Math.max(end, label.end);
  }
  return found;
}

function extent(region: Labels): { start: number; end: number } {
  return {
    start: Math.min(...region.map((label) => label.start)),
    end: Math.max(...region.map((label) => label.end)),
  };
}
