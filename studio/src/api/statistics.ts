import { get, projectPath } from "./client";
import type { Page } from "./types";

export type DatasetName = "Train" | "Test" | "Unassigned";
export type BySet = Readonly<Record<DatasetName, number>>;

export interface CategoryStatistics {
  readonly category: string;
  readonly labelsCount: number;
  readonly documentsCount: number;
  readonly labels: BySet;
  readonly documents: BySet;
}

export interface Statistics {
  readonly documents: {
    readonly total: number;
    readonly ingested: number;
    readonly failed: number;
    readonly labelled: number;
    readonly unlabelled: number;
    /** Of which somebody said that all is labelled. */
    readonly done: number;
    readonly datasets: BySet;
  };
  readonly labelsCount: number;
  readonly categories: readonly CategoryStatistics[];
}

export interface Advice {
  readonly code: string;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly category?: string;
  readonly documentsCount: number;
  readonly documents: readonly string[];
}

export function getStatistics(project: string): Promise<Statistics> {
  return get(projectPath(project, "statistics"));
}

export async function listAdvice(project: string): Promise<readonly Advice[]> {
  return (await get<Page<Advice>>(projectPath(project, "guidance"))).value;
}
