// Labels over the wire. Offsets are UTF-16 code units on both sides, so that nothing is converted here.
import { compareLabels, type LabelChanges, type Labels } from "../annotation/label";
import { ApiError, get, projectPath } from "./client";
import { ownPath } from "./operations";
import type { Dataset, LabelsState, Page } from "./types";

const UNIT = "Utf16CodeUnit";

/** The labels of one document as the service has them. */
export interface RemoteLabels {
  readonly labels: Labels;
  /** The version that the next write is based on. */
  readonly etag: string;
  readonly dataset?: Dataset;
  readonly done: boolean;
  /** Whether they were made on another text than the present one. */
  readonly textChanged: boolean;
  /** Of the text that they were made on. */
  readonly contentHash?: string;
  readonly modifiedBy?: string;
}

export async function getLabels(project: string, location: string): Promise<RemoteLabels> {
  return fromWire(await get(labelsPath(project, location), { query: { stringIndexType: UNIT } }));
}

/** What somebody changed in one document's labels. */
export interface LabelsWrite {
  readonly changes: LabelChanges;
  /** The version that the changes are based on. */
  readonly etag: string;
  /** Of the text that they are on. */
  readonly contentHash: string;
  /** Undefined: in neither set. */
  readonly dataset: Dataset | undefined;
  readonly done: boolean;
  readonly keepalive: boolean;
}

/** Sends changes and not the whole set: 2,000 labels are more than a request that outlives its page may carry.
 *
 * @throws ApiError with status 412 where another version is there; `currentLabels` takes it out.
 */
export async function patchLabels(project: string, location: string, write: LabelsWrite): Promise<RemoteLabels> {
  const { changes, etag, contentHash, dataset, done, keepalive } = write;
  const body = {
    stringIndexType: UNIT,
    add: changes.added.map(toWire),
    remove: changes.removed.map(toWire),
    contentHash,
    // What is absent stays as it is; null takes the document out of its set.
    dataset: dataset ?? null,
    done,
  };
  const path = labelsPath(project, location);
  return fromWire(await get(path, { method: "PATCH", body, ifMatch: etag, keepalive }));
}

/** Writes the whole set: for a text that the labels before were not made on. */
export async function putLabels(
  project: string,
  location: string,
  labels: Labels,
  write: Omit<LabelsWrite, "changes" | "keepalive">,
): Promise<RemoteLabels> {
  const { etag, dataset, ...described } = write;
  const body = { stringIndexType: UNIT, labels: labels.map(toWire), dataset: dataset ?? null, ...described };
  return fromWire(await get(labelsPath(project, location), { method: "PUT", body, ifMatch: etag }));
}

/** Labels as they were until somebody replaced them. */
export interface LabelsVersion {
  readonly versionId: string;
  readonly labels: Labels;
  readonly labelsCount: number;
  readonly modifiedBy: string;
  readonly replacedDateTime: string;
  readonly replacedBy: string;
  /** Whether they fit the present text; where not, `labels` is empty. */
  readonly restorable: boolean;
}

type WireVersion = Omit<LabelsVersion, "labels"> & Pick<LabelsState, "labels">;

const VERSIONS = 20;

/** The newest versions first; `link` is the `nextLink` of the page before. */
export async function listVersions(project: string, location: string, link: string): Promise<Page<LabelsVersion>> {
  const path = link === "" ? projectPath(project, "label-history", location) : ownPath(link);
  const query = link === "" ? { maxpagesize: VERSIONS, stringIndexType: UNIT } : {};
  const { value, ...page } = await get<Page<WireVersion>>(path, { query });
  return { ...page, value: value.map((version) => ({ ...version, labels: labelsFrom(version.labels) })) };
}

/** Puts an earlier version in the place of the present one, which goes into the history. */
export async function restoreVersion(project: string, location: string, versionId: string): Promise<void> {
  const { etag } = await getLabels(project, location);
  await get(projectPath(project, "labels", ":restore"), { method: "POST", body: { location, versionId }, ifMatch: etag });
}

/** The labels that a conflict carries; undefined where the error is none. */
export function currentLabels(error: unknown): RemoteLabels | undefined {
  if (!(error instanceof ApiError) || error.status !== 412) return undefined;
  const current = (error.body as { readonly current?: LabelsState }).current;
  return current === undefined ? undefined : fromWire(current);
}

function labelsPath(project: string, location: string): string {
  return projectPath(project, "labels", location);
}

function toWire({ start, end, category }: Labels[number]) {
  return { category, offset: start, length: end - start };
}

function labelsFrom(wire: LabelsState["labels"]): Labels {
  return wire.map(({ category, offset, length }) => ({ start: offset, end: offset + length, category })).sort(compareLabels);
}

function fromWire(state: LabelsState): RemoteLabels {
  return {
    labels: labelsFrom(state.labels),
    etag: state.etag,
    done: state.done,
    textChanged: state.textChanged ?? false,
    ...(state.dataset === undefined ? {} : { dataset: state.dataset }),
    ...(state.contentHash === undefined ? {} : { contentHash: state.contentHash }),
    ...(state.lastModifiedBy === undefined ? {} : { modifiedBy: state.lastModifiedBy }),
  };
}
