import { get, projectPath, type Problem } from "./client";
import type { Dataset, Document, Page } from "./types";

export function listDocuments(project: string, query: Record<string, string | number | undefined>): Promise<Page<Document>> {
  return get(projectPath(project, "documents"), { query });
}

export function getDocument(project: string, location: string): Promise<Document> {
  return get(projectPath(project, "documents", location), { query: { includeText: true } });
}

export function uploadDocument(project: string, location: string, file: Blob): Promise<Document> {
  return get(projectPath(project, "documents", location), { method: "PUT", body: file });
}

export interface DocumentOutcome {
  readonly location: string;
  readonly error?: Problem;
}

/** Documents that one request may name. */
const MOST = 1000;

/** Each document has an outcome of its own: one that fails leaves the others alone. */
export function updateDocuments(
  project: string,
  locations: readonly string[],
  changes: { readonly dataset?: Dataset | null; readonly done?: boolean },
): Promise<readonly DocumentOutcome[]> {
  return forMany(project, ":update", locations, changes);
}

/** As `updateDocuments`; the files go, too. */
export function deleteDocuments(project: string, locations: readonly string[]): Promise<readonly DocumentOutcome[]> {
  return forMany(project, ":delete", locations, {});
}

async function forMany(
  project: string,
  verb: string,
  locations: readonly string[],
  changes: Readonly<Record<string, unknown>>,
): Promise<readonly DocumentOutcome[]> {
  const outcomes: DocumentOutcome[] = [];
  for (let first = 0; first < locations.length; first += MOST) {
    const body = { locations: locations.slice(first, first + MOST), ...changes };
    const { value } = await get<Page<DocumentOutcome>>(projectPath(project, "documents", verb), { method: "POST", body });
    outcomes.push(...value);
  }
  return outcomes;
}
