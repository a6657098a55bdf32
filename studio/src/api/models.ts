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
  readonly schemes?: Readonly<Record<string, SchemeScores>>;
  /** For each type, how many labels went which way. */
  readonly kinds?: Readonly<Record<string, Readonly<Partial<Record<ErrorKind | "correct", number>>>>>;
  readonly expectedCalibrationError?: number;
  readonly thresholds?: Readonly<Record<string, Threshold>>;
  readonly thresholdsFittedOn?: Split;
  readonly calibration?: { readonly temperature: number; readonly entitiesCount: number; readonly fittedOn?: Split };
  readonly quantisation?: {
    readonly dtype: string;
    readonly measuredOn: "test" | "train";
    readonly candidates: readonly QuantisationCandidate[];
  };
  readonly guidance: readonly ModelAdvice[];
  /** Empty for models that did not keep it. */
  readonly distribution: Readonly<Record<string, { readonly labels: BySplit; readonly documents: BySplit }>>;
}

export type Split = "dev" | "test";
export type ErrorKind = "incorrect" | "partial" | "both" | "missed" | "spurious";

export interface SchemeScores {
  readonly f1: number;
  readonly correctCount: number;
  readonly incorrectCount: number;
  readonly partialCount: number;
  readonly missedCount: number;
  readonly spuriousCount: number;
}

/** What a type would score without its entities below a confidence; 0 where nothing is gained by that. */
export interface Threshold {
  readonly confidenceScore: number;
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
}

export interface QuantisationCandidate {
  readonly scheme: string;
  readonly sizeInBytes: number;
  readonly f1: number;
  readonly chosen: boolean;
}

export interface ModelAdvice {
  readonly code: string;
  readonly message: string;
  readonly categories: readonly string[];
  readonly documentsCount: number;
  readonly documents: readonly string[];
}

export interface BySplit {
  readonly Train: number;
  /** Of the training set, kept aside by the training. */
  readonly HeldOut: number;
  readonly Test: number;
}

export interface PredictedLabel extends WireLabel {
  readonly confidenceScore?: number;
}

/** One document of the test set. */
export interface DocumentResult {
  readonly location: string;
  /** Of the text that the model was measured on, to which the offsets belong. */
  readonly contentHash: string;
  readonly expected: readonly WireLabel[];
  readonly predicted: readonly PredictedLabel[];
}

interface WireResult {
  readonly location: string;
  readonly contentHash: string;
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

/** The one that was trained last. */
export function newestModel(models: readonly Model[]): Model | undefined {
  return models.toSorted((a, b) => b.lastTrainedDateTime.localeCompare(a.lastTrainedDateTime))[0];
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
    for (const { location, contentHash, customEntityRecognitionResult } of page.value) {
      const { entities } = customEntityRecognitionResult;
      found.push({
        location,
        contentHash,
        expected: entities.flatMap(({ expectedEntities }) => expectedEntities),
        predicted: entities.flatMap(({ predictedEntities }) => predictedEntities),
      });
    }
    path = page.nextLink == null ? null : ownPath(page.nextLink);
    query = {};
  }
  return found;
}

/** A disagreement, with the text around it as it was. */
export interface EvaluationError {
  readonly location: string;
  readonly kind: ErrorKind;
  readonly context: string;
  readonly contextOffset: number;
  readonly contentHash: string;
  /** With the probability that the model gave to exactly this label. */
  readonly expected?: PredictedLabel;
  readonly predicted?: PredictedLabel;
}

export interface ErrorFilter {
  readonly kind?: string | undefined;
  readonly category?: string | undefined;
  readonly location?: string | undefined;
}

/** One page; `next` asks for the one after it, null at the end. */
export interface ErrorPage {
  readonly errors: readonly EvaluationError[];
  readonly next: string | null;
}

const ERRORS_A_PAGE = 50;

export async function listErrors(project: string, model: string, filter: ErrorFilter, next: string | null): Promise<ErrorPage> {
  const path = next ?? projectPath(project, "models", model, "evaluation", "errors");
  const query = next === null ? { ...filter, stringIndexType: "Utf16CodeUnit", maxpagesize: ERRORS_A_PAGE } : {};
  const { value, nextLink } = await get<Page<EvaluationError>>(path, { query });
  return { errors: value, next: nextLink == null ? null : ownPath(nextLink) };
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
