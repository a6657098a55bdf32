import { changesBetween } from "../../annotation/label";
import { getDocument } from "../../api/documents";
import { getLabels, patchLabels, putLabels } from "../../api/labels";
import type { Document } from "../../api/types";
import { BrowserDrafts, livingTabs, TAB } from "../../saving/drafts";
import { LabelingSession, type Write } from "../../saving/session";

export interface OpenDocument {
  readonly document: Document;
  readonly text: string;
  readonly contentHash: string;
  readonly session: LabelingSession;
}

/** Loads one document with its labels, and takes up what was not saved when it was last open here. */
export async function openDocument(project: string, location: string): Promise<OpenDocument | { document: Document }> {
  const document = await getDocument(project, location);
  const { text, contentHash } = document;
  // A file that could not be read has no text to label; the document says why.
  if (text === undefined || contentHash === undefined) return { document };
  const remote = await getLabels(project, location);
  const others = await livingTabs();
  const drafts = new BrowserDrafts(project, location, TAB, others);
  const write = ({ labels, before, etag, contentHash, dataset, done, keepalive, replacesAll }: Write) => {
    const version = { etag, contentHash, dataset, done };
    return replacesAll
      ? putLabels(project, location, labels, version)
      : patchLabels(project, location, { ...version, keepalive, changes: changesBetween(before, labels) });
  };
  return { document, text, contentHash, session: new LabelingSession({ text, contentHash, remote }, drafts, write) };
}
