import { get, projectPath, request } from "./client";
import type { Category, Page, Project } from "./types";

export interface ProjectChanges {
  readonly storageInputContainerName?: string;
  readonly language?: string;
  readonly multilingual?: boolean;
  readonly description?: string;
  readonly categories?: readonly Category[];
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

export async function deleteProject(name: string): Promise<void> {
  await request(projectPath(name), { method: "DELETE" });
}
