// Labels in the formats of other tools, in and out, with everything that could not be taken over.
import { getText, projectPath, type Problem } from "./client";
import { ownPath, runOperation } from "./operations";

export const FORMATS = [
  ["azure", "Azure labels file (JSON)", "json"],
  ["conll", "CoNLL (IOB2, BIO, BILOU)", "conll"],
  ["doccano", "doccano (JSONL)", "jsonl"],
  ["label-studio", "Label Studio (JSON)", "json"],
  ["prodigy", "Prodigy (JSONL)", "jsonl"],
  ["spacy", "spaCy (JSONL)", "jsonl"],
  ["jsonl", "Nerine’s own JSONL", "jsonl"],
] as const;

export type Format = (typeof FORMATS)[number][0];

export interface ImportReport {
  readonly documentsCount: number;
  readonly uploadedCount: number;
  readonly labelsCount: number;
  readonly newCategories: readonly string[];
  /** What could not be taken over, the first thousand. */
  readonly problems: readonly Problem[];
}

export async function importFile(project: string, file: File, format: Format, preview: boolean): Promise<ImportReport> {
  const { result, warnings } = await runOperation<Omit<ImportReport, "problems">>(projectPath(project, "labels", ":import"), {
    body: file,
    query: { format, fileName: file.name, createCategories: true, preview },
  });
  if (result === undefined) throw new Error("The service did not say what the file holds.");
  return { ...result, problems: warnings };
}

/** @returns the file's text. */
export async function exportFile(project: string, format: Format): Promise<{ text: string; problems: readonly Problem[] }> {
  const { resultUrl = "", warnings } = await runOperation(projectPath(project, "labels", ":export"), { query: { format } });
  return { text: await getText(ownPath(resultUrl)), problems: warnings };
}
