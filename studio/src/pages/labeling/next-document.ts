// Where to go from one document: the next one to label, and the neighbours in the list.
import { eachDocument } from "../../api/documents";
import type { Document } from "../../api/types";

/** The unlabelled document behind `current`, else the first one before it; undefined where none is left. */
export async function nextUnlabelled(project: string, current: string | undefined): Promise<string | undefined> {
  const behind = await firstUnlabelled(project, current, { after: current });
  return behind ?? (current === undefined ? undefined : firstUnlabelled(project, current, {}));
}

async function firstUnlabelled(project: string, current: string | undefined, from: { readonly after?: string | undefined }) {
  // Two, since the current one may still count as unlabelled.
  const query = { labelled: "false", status: "ingested", maxpagesize: 2, ...from };
  for await (const { location } of eachDocument(project, query)) if (location !== current) return location;
  return undefined;
}

/** Where the current document stood in the list, for when the list's filter no longer lets it through. */
export interface Place {
  readonly location: string | undefined;
  readonly index: number;
}

export function placeOf(documents: readonly Document[], location: string | undefined, before: Place): Place {
  const index = documents.findIndex((document) => document.location === location);
  if (index >= 0) return { location, index };
  return before.location === location ? before : { location, index: -1 };
}

/** The index of the neighbour: the one that took the place of a document which left the list counts as behind it. */
export function neighbourOf(documents: readonly Document[], place: Place, direction: 1 | -1): number {
  const isThere = documents[place.index]?.location === place.location;
  return direction > 0 && place.index >= 0 && !isThere ? place.index : place.index + direction;
}
