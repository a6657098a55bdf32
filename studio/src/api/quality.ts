// Questions about the data that the trainer answers: which labels are likely wrong, and what more of them would bring.
import type { Label } from "../annotation/label";
import { get, projectPath, request, type Problem } from "./client";
import { ownPath, type JobState } from "./operations";
import type { Interval } from "./models";
import { getLabels, patchLabels } from "./labels";
import type { Page, WireLabel } from "./types";

export type Question = "check-labels" | "learning-curve";

export interface QuestionProgress {
  readonly phase?: string;
  readonly percent?: number;
  readonly secondsLeft?: number;
}

export type FindingKind = "missing label" | "spurious label" | "wrong category" | "wrong boundary";

/** A label that is likely wrong. */
export interface Finding {
  readonly id: string;
  readonly location: string;
  /** Of the text that the check saw, to which the offsets belong. */
  readonly contentHash: string;
  readonly kind: FindingKind;
  /** Probability that something is wrong here. */
  readonly score: number;
  readonly reason: string;
  /** What is there; undefined where one seems to be missing. */
  readonly label: Label | undefined;
  /** What should be there; undefined where the label should go. */
  readonly proposal: Label | undefined;
}

export interface LabelCheck {
  readonly checkedDateTime: string;
  readonly documentsCount: number;
  readonly labelsCount: number;
  readonly findingsCount: number;
  readonly warnings: readonly Problem[];
}

/** @returns the path that is asked for the job's state. */
export async function ask(project: string, question: Question): Promise<string> {
  const { headers } = await request(projectPath(project, `:${question}`), { method: "POST", body: {} });
  return ownPath(headers.get("operation-location") ?? "");
}

export function getQuestion(path: string): Promise<JobState<QuestionProgress>> {
  return get(path);
}

export function getLabelCheck(project: string): Promise<LabelCheck> {
  return get(projectPath(project, "label-check"));
}

interface WireFinding extends Omit<Finding, "id" | "label" | "proposal"> {
  readonly findingId: string;
  readonly label?: WireLabel;
  readonly proposal?: WireLabel;
}

export async function listFindings(project: string): Promise<readonly Finding[]> {
  const path = projectPath(project, "label-errors");
  const { value } = await get<Page<WireFinding>>(path, { query: { stringIndexType: "Utf16CodeUnit", maxpagesize: 500 } });
  return value.map(({ findingId, label, proposal, ...finding }) => {
    return { ...finding, id: findingId, label: toLabel(label), proposal: toLabel(proposal) };
  });
}

export async function dismissFinding(project: string, { id }: Finding): Promise<void> {
  await request(projectPath(project, "label-errors", ":dismiss"), { method: "POST", body: { findingIds: [id] } });
}

/** Puts the proposal in the place of what is there; others' labels stay, and a conflict or another text is an error. */
export async function applyFinding(project: string, { location, contentHash, label, proposal }: Finding): Promise<void> {
  const remote = await getLabels(project, location);
  await patchLabels(project, location, {
    changes: { added: proposal === undefined ? [] : [proposal], removed: label === undefined ? [] : [label] },
    etag: remote.etag,
    contentHash,
    dataset: remote.dataset,
    done: remote.done,
    keepalive: false,
  });
}

export interface CurvePoint {
  /** Means of the repeats. */
  readonly nDocuments: number;
  readonly nLabels: number;
  /** Of all repeats together. */
  readonly f1: number;
  readonly f1Interval: Interval;
  /** F1 of each; null where nothing was labelled or predicted. */
  readonly repeats: readonly (number | null)[];
}

/** A law through the points, from the first of them to the horizon of the forecast. */
export interface FittedCurve {
  readonly nLabels: readonly number[];
  readonly f1: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Per cent of the band. */
  readonly level: number;
  /** a, b and c of F1 = a - b n^-c. */
  readonly asymptote: number;
  readonly scale: number;
  readonly exponent: number;
}

/** What a training on more labels is expected to score. */
export interface F1Forecast {
  readonly nLabels: number;
  readonly nDocuments: number;
  readonly f1: number;
  /** The luck of one training is in it. */
  readonly interval: Interval;
  /** Over the last point, by the law. */
  readonly gain: number;
  readonly gainInterval: Interval;
  /** Per cent of both intervals. */
  readonly level: number;
}

/** How many labels more for how much more F1. */
export interface GainForecast {
  readonly gain: number;
  readonly nMoreLabels: number;
  readonly interval: Interval;
  readonly nMoreDocuments: number;
  readonly level: number;
}

export interface Forecast {
  readonly verdict: "labels_needed" | "levels_off" | "cannot_tell";
  readonly sentence: string;
  /** Where labels are needed. */
  readonly gain: GainForecast | null;
  /** Null where nothing at all can be told. */
  readonly atHorizon: F1Forecast | null;
}

export interface Curve {
  readonly points: readonly CurvePoint[];
  /** In the documents that judge. */
  readonly nJudgedLabels: number;
  /** Null where the points allow any curve. */
  readonly fitted: FittedCurve | null;
  readonly forecast: Forecast;
}

/** The newest answer to `:learning-curve` (model_tools/quality/learning_curve.py, with the job that found it out). */
export interface LearningCurve {
  readonly jobId: string;
  readonly createdDateTime: string;
  readonly overall: Curve;
  readonly categories: Readonly<Record<string, Curve>>;
  readonly recipe: string;
  readonly seed: number;
  readonly nRepeats: number;
  /** To train on, at the last point. */
  readonly nDocuments: number;
  readonly nJudgedDocuments: number;
  /** Whether the documents took turns in judging, because the test set is small or missing. */
  readonly isOutOfFold: boolean;
  readonly seconds: number;
  readonly warnings: readonly Problem[];
}

export function getLearningCurve(project: string): Promise<LearningCurve> {
  return get(projectPath(project, "learning-curve"));
}

function toLabel(wire: WireLabel | undefined): Label | undefined {
  return wire === undefined ? undefined : { start: wire.offset, end: wire.offset + wire.length, category: wire.category };
}
