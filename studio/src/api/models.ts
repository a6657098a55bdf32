import { ApiError, get, projectPath, request } from "./client";
import { ownPath } from "./operations";
import type { Page, WireLabel } from "./types";

export interface Model {
  readonly label: string;
  readonly modelId: string;
  readonly lastTrainedDateTime: string;
  readonly lastTrainingDurationInSeconds: number;
  readonly modelTrainingConfigVersion: string;
}

/** 95 %, from low to high. */
export type Interval = readonly [low: number, high: number];

export interface Scores {
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1Interval?: Interval;
  readonly truePositiveCount: number;
  readonly falsePositiveCount: number;
  readonly falseNegativeCount: number;
}

export interface Cell {
  readonly rawValue: number;
  readonly normalizedValue: number;
}

/** What was labelled, and what was predicted there. */
export type ConfusionMatrix = Readonly<Record<string, Readonly<Record<string, Cell>>>>;

export interface Evaluation {
  readonly confusionMatrix: ConfusionMatrix;
  readonly entities: Readonly<Record<string, Scores>>;
  readonly microF1: number;
  readonly microPrecision: number;
  readonly microRecall: number;
  readonly macroF1: number;
  readonly microF1Interval: Interval;
  readonly macroF1Interval?: Interval;
  readonly documentsCount: number;
  readonly schemes?: Readonly<Record<string, { readonly f1: number }>>;
  readonly expectedCalibrationError?: number;
}

export interface PredictedLabel extends WireLabel {
  readonly confidenceScore?: number;
}

/** One document of the test set. */
export interface DocumentResult {
  readonly location: string;
  readonly expected: readonly WireLabel[];
  readonly predicted: readonly PredictedLabel[];
}

interface WireResult {
  readonly location: string;
  readonly customEntityRecognitionResult: {
    readonly entities: readonly {
      readonly expectedEntities: readonly WireLabel[];
      readonly predictedEntities: readonly PredictedLabel[];
    }[];
  };
}

export async function listModels(project: string): Promise<readonly Model[]> {
  return (await get<Page<Model>>(projectPath(project, "models"), { query: { maxpagesize: 1000 } })).value;
}

export async function deleteModel(project: string, model: string): Promise<void> {
  await request(projectPath(project, "models", model), { method: "DELETE" });
}

export async function getEvaluation(project: string, model: string): Promise<Evaluation> {
  const path = projectPath(project, "models", model, "evaluation", "summary-result");
  return (await get<{ readonly customEntityRecognitionEvaluation: Evaluation }>(path)).customEntityRecognitionEvaluation;
}

export async function getDocumentResults(project: string, model: string): Promise<readonly DocumentResult[]> {
  const found: DocumentResult[] = [];
  let path: string | null = projectPath(project, "models", model, "evaluation", "result");
  let query: Record<string, string> = { stringIndexType: "Utf16CodeUnit" };
  while (path !== null) {
    const page: Page<WireResult> = await get(path, { query });
    for (const { location, customEntityRecognitionResult } of page.value) {
      const { entities } = customEntityRecognitionResult;
      found.push({
        location,
        expected: entities.flatMap(({ expectedEntities }) => expectedEntities),
        predicted: entities.flatMap(({ predictedEntities }) => predictedEntities),
      });
    }
    path = page.nextLink == null ? null : ownPath(page.nextLink);
    query = {};
  }
  return found;
}

export interface Comparison {
  /** One sentence. */
  readonly verdict: string;
  readonly documentsCount: number;
  readonly micro: Difference;
  readonly macro: Difference;
  readonly entities: Readonly<Record<string, Difference>>;
}

export interface Difference {
  readonly a: number;
  readonly b: number;
  /** b - a. */
  readonly difference: number;
  readonly interval: Interval;
  readonly pValue: number;
}

export function compareModels(project: string, a: string, b: string): Promise<Comparison> {
  return get(projectPath(project, "models", a, "evaluation", "comparison"), { query: { with: b } });
}

/** Whether the service said that there is no such thing, as opposed to being out of order. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
