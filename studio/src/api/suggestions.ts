// Suggestions of labels, by a trained model or a dictionary: kept apart from labels until a person accepts them.
import { get, projectPath } from "./client";
import { runOperation, type Watcher } from "./operations";
import type { Page } from "./types";
import type { Label } from "../annotation/label";

export interface DictionaryEntry {
  readonly category: string;
  readonly texts: readonly string[];
  readonly ignoreCase: boolean;
  readonly wholeWords: boolean;
}

export interface AutolabelOptions {
  readonly trainedModelLabel?: string;
  readonly dictionary?: readonly DictionaryEntry[];
  /** Of what the model finds; a dictionary names its own. */
  readonly categories?: readonly string[];
  /** Absent: all. */
  readonly locations?: readonly string[];
  readonly unlabelledOnly: boolean;
  readonly minConfidence: number;
}

export interface AutolabelResult {
  readonly documentsCount: number;
  readonly suggestionsCount: number;
  /** Documents whose suggestions somebody was at work on, or that would get too many. */
  readonly skippedCount: number;
  /** That were asked for, and that the model never finds. */
  readonly unknownCategories: readonly string[];
}

export interface SuggestedDocument {
  readonly location: string;
  readonly suggestionsCount: number;
  readonly categories: Readonly<Record<string, number>>;
}

export interface Suggestion extends Label {
  readonly source: "model" | "dictionary" | "both";
  readonly confidence: number | undefined;
}

/** Which suggestions an acceptance or a rejection is about; nothing means all. */
export interface SuggestionChoice {
  readonly locations?: readonly string[];
  readonly minConfidence?: number;
  readonly labels?: readonly Label[];
}

export async function autolabel(
  project: string,
  options: AutolabelOptions,
  watch: Watcher<AutolabelResult>,
): Promise<AutolabelResult> {
  const { result } = await runOperation<AutolabelResult>(projectPath(project, ":autolabel"), { body: options }, watch);
  return result ?? { documentsCount: 0, suggestionsCount: 0, skippedCount: 0, unknownCategories: [] };
}

export function listSuggested(project: string): Promise<Page<SuggestedDocument>> {
  return get(projectPath(project, "suggestions"), { query: { maxpagesize: 200 } });
}

interface WireSuggestions {
  readonly suggestions: readonly {
    readonly category: string;
    readonly offset: number;
    readonly length: number;
    readonly source: Suggestion["source"];
    readonly confidenceScore?: number;
  }[];
}

export async function getSuggestions(project: string, location: string): Promise<readonly Suggestion[]> {
  const path = projectPath(project, "suggestions", location);
  const { suggestions } = await get<WireSuggestions>(path, { query: { stringIndexType: "Utf16CodeUnit" } });
  return suggestions.map(({ category, offset, length, source, confidenceScore }) => {
    return { start: offset, end: offset + length, category, source, confidence: confidenceScore };
  });
}

export interface Accepted {
  readonly labelsCount: number;
  readonly documentsCount: number;
  readonly changeId?: string;
}

export async function acceptSuggestions(project: string, choice: SuggestionChoice): Promise<Accepted> {
  const { result } = await runOperation<Accepted>(projectPath(project, "suggestions", ":accept"), { body: toWire(choice) });
  return result ?? { labelsCount: 0, documentsCount: 0 };
}

export async function rejectSuggestions(project: string, choice: SuggestionChoice): Promise<void> {
  await runOperation(projectPath(project, "suggestions", ":reject"), { body: toWire(choice) });
}

function toWire({ labels, ...choice }: SuggestionChoice) {
  if (labels === undefined) return choice;
  const wire = labels.map(({ category, start, end }) => ({ category, offset: start, length: end - start }));
  return { ...choice, labels: wire, stringIndexType: "Utf16CodeUnit" };
}

