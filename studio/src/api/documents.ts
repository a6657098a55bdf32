import { get, projectPath } from "./client";
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

export interface DocumentOutcomes {
  readonly succeededCount: number;
  readonly failedCount: number;
}

export function updateDocuments(
  project: string,
  locations: readonly string[],
  changes: { readonly dataset?: Dataset | null; readonly done?: boolean },
): Promise<DocumentOutcomes> {
  return get(projectPath(project, "documents", ":update"), { method: "POST", body: { locations, ...changes } });
}

export function deleteDocuments(project: string, locations: readonly string[]): Promise<DocumentOutcomes> {
  return get(projectPath(project, "documents", ":delete"), { method: "POST", body: { locations } });
}
