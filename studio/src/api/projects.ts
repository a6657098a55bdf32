import { get, projectPath } from "./client";
import { runOperation, type JobState } from "./operations";
import type { Page, Project } from "./types";

export interface ProjectChanges {
  readonly storageInputContainerName?: string;
  readonly language?: string;
  readonly multilingual?: boolean;
  readonly description?: string | null;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface Language {
  readonly languageName: string;
  readonly languageCode: string;
}

export function listProjects(): Promise<Page<Project>> {
  return get(projectPath(), { query: { maxpagesize: 1000 } });
}

export function getProject(name: string): Promise<Project> {
  return get(projectPath(name));
}

export function createProject(name: string, options: ProjectChanges): Promise<Project> {
  return get(projectPath(name), { method: "PATCH", body: { projectKind: "CustomEntityRecognition", ...options } });
}

export function updateProject(name: string, changes: ProjectChanges): Promise<Project> {
  return get(projectPath(name), { method: "PATCH", body: changes });
}

export function deleteProject(name: string): Promise<JobState> {
  return runOperation(projectPath(name), { method: "DELETE" });
}

export function listLanguages(): Promise<Page<Language>> {
  return get(projectPath("global", "languages"), { query: { maxpagesize: 1000 } });
}

export interface ImportCounts {
  readonly documents: number;
  readonly labels: number;
  readonly categories: number;
}

/** Replaces categories and labels by those of a labels file; creates the project where there is none. */
export function importLabels(name: string, file: unknown): Promise<JobState<ImportCounts>> {
  return runOperation(projectPath(name, ":import"), { body: file });
}
