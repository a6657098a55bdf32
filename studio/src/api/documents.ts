import { ApiError, get, projectPath, type Problem } from "./client";
import { ownPath } from "./operations";
import type { Dataset, Document, Page } from "./types";

export type DocumentQuery = Readonly<Record<string, string | number | undefined>>;

export function listDocuments(project: string, query: DocumentQuery): Promise<Page<Document>> {
  return get(projectPath(project, "documents"), { query });
}

/** The page that a `nextLink` names. */
export function listMoreDocuments(link: string): Promise<Page<Document>> {
  return get(ownPath(link));
}

/** Documents page by page: one page may be empty and yet not the last. */
export async function* eachDocument(project: string, query: DocumentQuery): AsyncGenerator<Document> {
  let page = await listDocuments(project, query);
  yield* page.value;
  while (page.nextLink != null) {
    page = await listMoreDocuments(page.nextLink);
    yield* page.value;
  }
}

export function getDocument(project: string, location: string): Promise<Document> {
  return get(projectPath(project, "documents", location), { query: { includeText: true } });
}

/** Whether there is a document at that location. */
export async function hasDocument(project: string, location: string): Promise<boolean> {
  try {
    await get(projectPath(project, "documents", location));
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
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
