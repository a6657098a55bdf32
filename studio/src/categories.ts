// How categories look and which key sets them, the same on every page.
import type { Hues } from "./surface/SpanText";
import type { Category } from "./api/types";

/** The golden angle: neighbours in a list get hues far apart, however long the list grows. */
const ANGLE = 137.508;

export function huesOf(categories: readonly Category[]): Hues {
  return new Map(categories.map(({ category }, i) => [category, Math.round((210 + i * ANGLE) % 360)]));
}

/** The digit that sets a category; the first nine have one. */
export function digitOf(index: number): string | undefined {
  return index < 9 ? String(index + 1) : undefined;
}
