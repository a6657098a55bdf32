import { get, projectPath, request } from "./client";
import type { Document, Page } from "./types";

export function listDocuments(project: string, query: Record<string, string | number | undefined>): Promise<Page<Document>> {
  return get(projectPath(project, "documents"), { query });
}

export function getDocument(project: string, location: string): Promise<Document> {
  return get(projectPath(project, "documents", location), { query: { includeText: true } });
}

export function uploadDocument(project: string, location: string, file: Blob): Promise<Document> {
  return get(projectPath(project, "documents", location), { method: "PUT", body: file });
}

export async function deleteDocument(project: string, location: string): Promise<void> {
  await request(projectPath(project, "documents", location), { method: "DELETE" });
}
