// What a person's action does to the labels: pure, so that it can be tested without a page.
import { moveEdge, type Edge } from "./cursor";
import { labelAt, overlapping, sortedLabels, withReplaced, without, type Label, type Labels, type Span } from "./label";
import { unlabelledMatches } from "./matches";
import type { Words } from "./words";

/** Of one label, in UTF-16 code units: the limit of Azure's service, which these labels can move to. */
export const LONGEST_LABEL = 500;

export type Edit =
  | { readonly kind: "edit"; readonly labels: Labels; readonly action: string; readonly select?: Span }
  /** One stretch of text carries one label, so a person decides. */
  | { readonly kind: "overlap"; readonly label: Label; readonly others: Labels }
  | { readonly kind: "nothing"; readonly reason: string };

export function placeLabel(text: string, labels: Labels, span: Span | null, category: string): Edit {
  if (span === null) return nothing("Select the words first, with the mouse or the arrow keys.");
  const others = overlapping(labels, span);
  const around = others.length === 1 && others[0] !== undefined && holds(others[0], span) ? others[0] : undefined;
  if (around?.category === category) return nothing(`“${quote(text, around)}” is ${category} already.`);
  if (around !== undefined) {
    const relabelled = { ...around, category };
    return {
      kind: "edit",
      labels: withReplaced(labels, [relabelled]),
      action: `Relabelled “${quote(text, around)}” from ${around.category} to ${category}`,
      select: relabelled,
    };
  }
  if (isTooLong(span)) return tooLong(span);
  const label = { start: span.start, end: span.end, category };
  if (others.length > 0) return { kind: "overlap", label, others };
  return replaceByLabel(text, labels, label);
}

/** Sets a label in place of whatever it overlaps. */
export function replaceByLabel(text: string, labels: Labels, label: Label): Edit {
  return {
    kind: "edit",
    labels: withReplaced(labels, [label]),
    action: `Labelled “${quote(text, label)}” as ${label.category}`,
    select: label,
  };
}

export function removeLabels(text: string, labels: Labels, span: Span | null): Edit {
  const removed = span === null ? [] : span.end > span.start ? overlapping(labels, span) : maybe(labelAt(labels, span));
  const [first] = removed;
  if (first === undefined) return nothing("There is no label here.");
  const what = removed.length === 1 ? `${first.category} “${quote(text, first)}”` : `${removed.length} labels`;
  return { kind: "edit", labels: without(labels, removed), action: `Removed ${what}` };
}

export function moveLabelEdge(text: string, words: Words, labels: Labels, span: Span | null, edge: Edge, by: 1 | -1): Edit {
  const label = span === null ? undefined : labelAt(labels, span);
  if (label === undefined) return nothing("There is no label here.");
  const moved = moveEdge(words, label, edge, by);
  if (moved === undefined) return nothing("The label cannot become smaller or leave the text.");
  const rest = without(labels, [label]);
  // A label that is too long already may become shorter step by step.
  if (isTooLong(moved) && moved.end - moved.start > label.end - label.start) return tooLong(moved);
  const others = overlapping(rest, moved);
  const changed = { ...moved, category: label.category };
  if (others.length > 0) return nothing(`${others[0]?.category ?? "Another label"} begins there.`);
  return {
    kind: "edit",
    labels: sortedLabels([...rest, changed]),
    action: `${label.category} is “${quote(text, changed)}” now`,
    select: changed,
  };
}

/** Labels every unlabelled place that says the same as `span`, and `span` itself. */
export function labelAll(text: string, labels: Labels, span: Span | null, category: string): Edit {
  if (span === null) return nothing("Select the words first, with the mouse or the arrow keys.");
  if (isTooLong(span)) return tooLong(span);
  const own = placeLabel(text, labels, span, category);
  const placed = own.kind === "edit" ? own.labels : labels;
  const matches = unlabelledMatches(text, text.slice(span.start, span.end), placed);
  const added = matches.map((match) => ({ ...match, category }));
  const all = sortedLabels([...placed, ...added]);
  const count = all.length - labels.length;
  if (own.kind !== "edit" && added.length === 0) return own;
  const action = `Labelled ${count === 1 ? "one place" : `${count} places`} “${quote(text, span)}” as ${category}`;
  return { kind: "edit", labels: all, action, select: span };
}

export function labelAfter(labels: Labels, span: Span | null, direction: 1 | -1): Label | undefined {
  const from = span ?? { start: -1, end: -1 };
  if (direction > 0) return labels.find((label) => label.start > from.start) ?? labels[0];
  return labels.findLast((label) => label.start < from.start) ?? labels.at(-1);
}

/** At most 40 characters of what a span covers, on one line. */
export function quote(text: string, { start, end }: Span): string {
  const words = text.slice(start, Math.min(end, start + 80)).replace(/\s+/g, " ");
  return words.length > 40 ? `${words.slice(0, 39)}…` : words;
}

export function countByCategory(labels: Labels): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { category } of labels) counts.set(category, (counts.get(category) ?? 0) + 1);
  return counts;
}

function holds(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

function isTooLong({ start, end }: Span): boolean {
  return end - start > LONGEST_LABEL;
}

function tooLong({ start, end }: Span): Edit {
  return nothing(`A label has at most ${LONGEST_LABEL} characters; this would have ${end - start}.`);
}

function nothing(reason: string): Edit {
  return { kind: "nothing", reason };
}

function maybe<Value>(value: Value | undefined): Value[] {
  return value === undefined ? [] : [value];
}
