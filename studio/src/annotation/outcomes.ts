// How predictions meet labels in one document, the strict way: same span and same category, or an error.
import { overlaps, type Label } from "./label";

export type Outcome =
  | { readonly kind: "right"; readonly expected: Label; readonly predicted: Label }
  /** The same span under another category, or another span that overlaps. */
  | { readonly kind: "wrong"; readonly expected: Label; readonly predicted: Label }
  | { readonly kind: "missed"; readonly expected: Label }
  | { readonly kind: "spurious"; readonly predicted: Label };

/** Each label and each prediction in exactly one outcome, in the order of the text. */
export function outcomesOf(expected: readonly Label[], predicted: readonly Label[]): Outcome[] {
  const outcomes: Outcome[] = [];
  let [free, open] = [[...predicted], [...expected]];
  const pair = (kind: "right" | "wrong", fits: (a: Label, b: Label) => boolean) => {
    open = open.filter((label) => {
      const found = free.find((each) => fits(label, each));
      if (found === undefined) return true;
      free = free.filter((each) => each !== found);
      outcomes.push({ kind, expected: label, predicted: found });
      return false;
    });
  };
  pair("right", (a, b) => isSameSpan(a, b) && a.category === b.category);
  pair("wrong", isSameSpan);
  pair("wrong", overlaps);
  outcomes.push(...open.map((label) => ({ kind: "missed" as const, expected: label })));
  outcomes.push(...free.map((label) => ({ kind: "spurious" as const, predicted: label })));
  return outcomes.sort((a, b) => startOf(a) - startOf(b));
}

export function startOf(outcome: Outcome): number {
  return outcome.kind === "spurious" ? outcome.predicted.start : outcome.expected.start;
}

function isSameSpan(a: Label, b: Label): boolean {
  return a.start === b.start && a.end === b.end;
}
