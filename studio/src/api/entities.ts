// Entity types of a project, with how often they are labelled, and the changes that touch many documents at once.
import { get, projectPath, request } from "./client";
import { ownPath, runOperation } from "./operations";
import type { Page } from "./types";

export interface Entity {
  readonly category: string;
  /** In all documents; absent while they are being counted. */
  readonly labelsCount?: number;
  readonly description?: string;
  readonly color?: string;
  readonly hotkey?: string;
}

/** How much a change touches, or touched. */
export interface Touched {
  readonly labelsCount: number;
  readonly documentsCount: number;
  /** For undoing it; absent in a preview. */
  readonly changeId?: string;
}

export type EntityChange =
  | { readonly kind: "rename"; readonly newName: string }
  | { readonly kind: "merge"; readonly into: string }
  | { readonly kind: "delete" };

export async function listEntities(project: string): Promise<readonly Entity[]> {
  return (await get<Page<Entity>>(projectPath(project, "entities"), { query: { maxpagesize: 1000 } })).value;
}

export function addEntity(project: string, category: string): Promise<Entity> {
  return get(projectPath(project, "entities"), { method: "POST", body: { category } });
}

export function describeEntity(
  project: string,
  category: string,
  changes: { readonly description?: string | null; readonly color?: string | null; readonly hotkey?: string | null },
): Promise<Entity> {
  return get(projectPath(project, "entities", category), { method: "PATCH", body: changes });
}

export async function previewEntityChange(project: string, category: string, change: EntityChange): Promise<Touched> {
  const { path, ...options } = requestOf(project, category, change);
  return (await request<Touched>(path, { ...options, query: { preview: true } })).value;
}

export async function changeEntity(project: string, category: string, change: EntityChange): Promise<Touched> {
  const { path, ...options } = requestOf(project, category, change);
  const { result } = await runOperation<Touched>(path, options);
  return result ?? { labelsCount: 0, documentsCount: 0 };
}

/** Something that was done to many documents' labels at once. */
export interface Change {
  readonly changeId: string;
  readonly kind: "renameEntity" | "mergeEntities" | "deleteEntity" | "applyToMatches" | "acceptSuggestions";
  readonly status: "running" | "applied" | "undone";
  readonly createdBy: string;
  readonly createdDateTime: string;
  /** What was asked for. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly documentsCount: number;
  readonly labelsCount: number;
  readonly undoneBy?: string;
}

const CHANGES = 20;

/** The newest first; `link` is the `nextLink` of the page before. */
export function listChanges(project: string, link: string): Promise<Page<Change>> {
  return link === "" ? get(projectPath(project, "changes"), { query: { maxpagesize: CHANGES } }) : get(ownPath(link));
}

export async function undoChange(project: string, changeId: string): Promise<void> {
  await runOperation(projectPath(project, "changes", changeId, ":undo"), {});
}

export interface Matching {
  readonly text: string;
  readonly category: string;
  readonly ignoreCase: boolean;
  readonly wholeWords: boolean;
}

export interface MatchExample {
  readonly location: string;
  readonly before: string;
  readonly text: string;
  readonly after: string;
}

export interface MatchPreview extends Touched {
  readonly examples: readonly MatchExample[];
}

export async function previewMatches(project: string, matching: Matching): Promise<MatchPreview> {
  const state = await runOperation<MatchPreview>(matchesPath(project), { body: matching, query: { preview: true } });
  return state.result ?? { labelsCount: 0, documentsCount: 0, examples: [] };
}

export async function applyToMatches(project: string, matching: Matching): Promise<Touched> {
  const { result } = await runOperation<Touched>(matchesPath(project), { body: matching });
  return result ?? { labelsCount: 0, documentsCount: 0 };
}

function matchesPath(project: string): string {
  return projectPath(project, "labels", ":apply-to-matches");
}

function requestOf(project: string, category: string, change: EntityChange) {
  const path = projectPath(project, "entities", category);
  switch (change.kind) {
    case "rename":
      return { path: `${path}/:rename`, method: "POST" as const, body: { newName: change.newName } };
    case "merge":
      return { path: `${path}/:merge`, method: "POST" as const, body: { into: change.into } };
    case "delete":
      return { path, method: "DELETE" as const };
  }
}
