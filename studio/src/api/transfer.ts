// Labels in the formats of other tools, in and out, with everything that could not be taken over.
import { getText, projectPath, type Problem } from "./client";
import { ownPath, runOperation } from "./operations";

export const FORMATS = [
  ["azure", "Azure labels file (JSON)", "json"],
  ["conll", "CoNLL (token and tag a line)", "conll"],
  ["doccano", "doccano (JSONL)", "jsonl"],
  ["label-studio", "Label Studio (JSON)", "json"],
  ["prodigy", "Prodigy (JSONL)", "jsonl"],
  ["spacy", "spaCy (JSON)", "json"],
  ["jsonl", "Nerine’s own JSONL", "jsonl"],
] as const;

export type Format = (typeof FORMATS)[number][0];

/** How the tags of a CoNLL file tell where an entity begins and ends. */
export const SCHEMES = [
  ["", "Recognised in a file, IOB2 in an export"],
  ["iob2", "IOB2, also called BIO"],
  ["bilou", "BILOU"],
  ["iobes", "IOBES"],
  ["iob1", "IOB1"],
] as const;

export type Scheme = (typeof SCHEMES)[number][0];

export interface FileOptions {
  readonly format: Format;
  /** For CoNLL only. */
  readonly scheme: Scheme;
}

export interface Report {
  /** What could not be taken over; the service keeps the first thousand. */
  readonly problems: readonly Problem[];
  readonly problemsCount: number;
}

export interface ImportReport extends Report {
  readonly documentsCount: number;
  readonly uploadedCount: number;
  readonly labelsCount: number;
  readonly newCategories: readonly string[];
}

interface WireResult {
  /** Of all problems, also those that are not kept. */
  readonly reportCount: number;
}

export async function importFile(project: string, file: File, options: FileOptions, preview: boolean): Promise<ImportReport> {
  const { result, warnings } = await runOperation<Omit<ImportReport, keyof Report> & WireResult>(
    projectPath(project, "labels", ":import"),
    { body: file, query: { ...queryOf(options), fileName: file.name, createCategories: true, preview } },
  );
  if (result === undefined) throw new Error("The service did not say what the file holds.");
  return { ...result, problems: warnings, problemsCount: result.reportCount };
}

/** @returns the file's text. */
export async function exportFile(project: string, options: FileOptions): Promise<Report & { readonly text: string }> {
  const { resultUrl = "", result, warnings } = await runOperation<WireResult>(projectPath(project, "labels", ":export"), {
    query: queryOf(options),
  });
  const text = await getText(ownPath(resultUrl));
  return { text, problems: warnings, problemsCount: result?.reportCount ?? warnings.length };
}

function queryOf({ format, scheme }: FileOptions) {
  return { format, scheme: format === "conll" ? scheme : "" };
}
