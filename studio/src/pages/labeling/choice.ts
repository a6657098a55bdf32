// Which documents of the list are chosen, for what is done to many at once: pure, so that it can be tested without a page.

export interface Choice {
  readonly locations: ReadonlySet<string>;
  /** Chosen or left out last: where a range begins. */
  readonly anchor: string | null;
}

export const NOTHING_CHOSEN: Choice = { locations: new Set(), anchor: null };

/** The document becomes chosen, or no longer is; with `extend`, so do all between it and the last one. */
export function toggle(choice: Choice, shown: readonly string[], location: string, { extend }: { readonly extend: boolean }): Choice {
  const from = extend && choice.anchor !== null ? shown.indexOf(choice.anchor) : -1;
  const to = shown.indexOf(location);
  const range = from < 0 ? [location] : shown.slice(Math.min(from, to), Math.max(from, to) + 1);
  const isChosen = !choice.locations.has(location);
  const locations = new Set(choice.locations);
  for (const each of range) {
    if (isChosen) locations.add(each);
    else locations.delete(each);
  }
  return { locations, anchor: location };
}

/** Chosen documents that the list shows, in its order: nothing is done to what nobody sees. */
export function chosenOf(choice: Choice, shown: readonly string[]): readonly string[] {
  return shown.filter((location) => choice.locations.has(location));
}
