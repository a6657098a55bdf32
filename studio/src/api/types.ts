// The wire, in the service's own names (functions/http/schemas.py); only what the studio reads.
import type { Problem } from "./client";

export interface Page<Item> {
  readonly value: readonly Item[];
  readonly nextLink?: string | null;
}

export interface Category {
  readonly category: string;
  readonly description?: string | null;
}

export interface Project {
  readonly projectName: string;
  readonly storageInputContainerName: string;
  readonly language: string;
  readonly multilingual: boolean;
  readonly description?: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly categories: readonly Category[];
  readonly createdDateTime: string;
  readonly lastModifiedDateTime: string;
  readonly lastTrainedDateTime?: string;
  readonly lastDeployedDateTime?: string;
}

export type Dataset = "Train" | "Test";

export interface Document {
  readonly location: string;
  readonly status: "ingested" | "failed";
  readonly size: number;
  readonly characters: number;
  /** Whether it has labels or was said to be done. */
  readonly labelled: boolean;
  readonly done: boolean;
  readonly labelsCount?: number;
  readonly textChanged?: boolean;
  readonly suggestionsCount?: number;
  readonly dataset?: Dataset;
  readonly language?: string;
  readonly contentHash?: string;
  readonly error?: Problem;
  readonly warnings: readonly Problem[];
  readonly text?: string;
}

export interface WireLabel {
  readonly category: string;
  readonly offset: number;
  readonly length: number;
}

export interface LabelsState {
  readonly labels: readonly WireLabel[];
  readonly etag: string;
  readonly done: boolean;
  readonly textChanged?: boolean;
  readonly dataset?: Dataset;
  readonly contentHash?: string;
  readonly lastModifiedDateTime?: string;
  readonly lastModifiedBy?: string;
}
