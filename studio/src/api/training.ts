import { get, projectPath, request } from "./client";
import type { JobState } from "./operations";
import type { Page } from "./types";

export interface SubState {
  readonly percentComplete: number;
  readonly status: string;
}

export interface TrainingResult {
  readonly modelLabel: string;
  readonly trainingConfigVersion: string;
  readonly trainingStatus: SubState;
  readonly evaluationStatus: SubState;
  readonly phase: string;
  readonly secondsLeft?: number;
}

export type TrainingJob = JobState<TrainingResult>;

export interface TrainingOptions {
  readonly modelLabel: string;
  readonly trainingConfigVersion: string;
  readonly seed: number;
  readonly evaluationOptions:
    | { readonly kind: "manual" }
    | { readonly kind: "percentage"; readonly trainingSplitPercentage: number; readonly testingSplitPercentage: number };
}

export function listTrainingJobs(project: string): Promise<Page<TrainingJob>> {
  return get(projectPath(project, "train", "jobs"), { query: { maxpagesize: 50 } });
}

export interface LogLine {
  readonly level: "info" | "warning" | "error";
  readonly code: string;
  readonly message: string;
  /** Of what happened; warnings and errors are about the job as a whole. */
  readonly dateTime?: string;
}

export async function getTrainingLog(project: string, jobId: string): Promise<readonly LogLine[]> {
  const { value } = await get<Page<LogLine>>(projectPath(project, "train", "jobs", jobId, "log"));
  return value;
}

export async function startTraining(project: string, options: TrainingOptions): Promise<void> {
  await request(projectPath(project, ":train"), { method: "POST", body: options });
}

export async function cancelTraining(project: string, jobId: string): Promise<void> {
  await request(projectPath(project, "train", "jobs", jobId, ":cancel"), { method: "POST" });
}

export interface Recipe {
  readonly trainingConfigVersion: string;
  readonly description: string;
}

export async function listRecipes(): Promise<readonly Recipe[]> {
  return (await get<Page<Recipe>>(projectPath("global", "training-config-versions"))).value;
}
