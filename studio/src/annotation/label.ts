/** A stretch of text and the category that a person gave it: UTF-16 code units, half-open, as JavaScript counts. */
export interface Label {
  readonly start: number;
  readonly end: number;
  readonly category: string;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Sorted by start, end, category; without duplicates. */
export type Labels = readonly Label[];

export function compareLabels(a: Label, b: Label): number {
  return a.start - b.start || a.end - b.end || (a.category < b.category ? -1 : a.category > b.category ? 1 : 0);
}

export function labelKey(label: Label): string {
  return `${label.start}:${label.end}:${label.category}`;
}

export function sameLabels(a: Labels, b: Labels): boolean {
  return a === b || (a.length === b.length && a.every((label, i) => compareLabels(label, b[i] as Label) === 0));
}

export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

export function overlapping<Kind extends Label>(labels: readonly Kind[], span: Span): Kind[] {
  return labels.filter((label) => overlaps(label, span));
}

/** The label under a caret or a selection: exactly that span, else the first one that it touches. */
export function labelAt<Kind extends Label>(labels: readonly Kind[], span: Span): Kind | undefined {
  const wide = span.end > span.start ? span : { start: span.start, end: span.start + 1 };
  const touched = overlapping(labels, wide);
  return touched.find((label) => label.start === span.start && label.end === span.end) ?? touched[0];
}

export function sortedLabels(labels: Iterable<Label>): Label[] {
  const byKey = new Map<string, Label>();
  for (const label of labels) byKey.set(labelKey(label), label);
  return [...byKey.values()].sort(compareLabels);
}

export function without(labels: Labels, removed: Iterable<Label>): Label[] {
  const keys = new Set([...removed].map(labelKey));
  return labels.filter((label) => !keys.has(labelKey(label)));
}

/** `labels` with `added` in place of everything that they overlap. */
export function withReplaced(labels: Labels, added: Labels): Label[] {
  const kept = labels.filter((label) => !added.some((each) => overlaps(each, label)));
  return sortedLabels([...kept, ...added]);
}

export interface LabelChanges {
  readonly added: Labels;
  readonly removed: Labels;
}

export function changesBetween(before: Labels, after: Labels): LabelChanges {
  return { added: without(after, before), removed: without(before, after) };
}
