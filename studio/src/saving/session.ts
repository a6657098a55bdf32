// The labels of one open document: every change is kept in the browser at once and sent to the service soon after;
// what others wrote meanwhile is merged in; nothing that a person did is dropped without being asked.
import { rebase, record, redo, startHistory, undo, type History } from "../annotation/history";
import { sameLabels, type Labels } from "../annotation/label";
import { decideForMine, mergeLabels, type Clash } from "../annotation/merge";
import { reanchor } from "../annotation/reanchor";
import { ApiError, UnreachableError, type Problem } from "../api/client";
import { currentLabels, type RemoteLabels } from "../api/labels";
import type { Dataset } from "../api/types";
import { count } from "../format";
import type { Draft, Drafts } from "./drafts";

export type SaveState =
  | "saved"
  | "unsaved"
  | "saving"
  /** The service cannot be reached; tried again by itself. */
  | "offline"
  /** The sign-in ended; goes on after the next one. */
  | "signedOut"
  /** Somebody else changed the same labels; waits for decisions. */
  | "conflict"
  /** The service does not take these labels; `problem` says why. */
  | "refused"
  /** The text is another one now; these labels are not written on it. */
  | "textChanged";

export interface SessionState {
  readonly history: History;
  readonly dataset: Dataset | undefined;
  /** Whether somebody said that all is labelled. */
  readonly done: boolean;
  readonly save: SaveState;
  readonly clashes: readonly Clash[];
  readonly problem: Problem | null;
  /** Whether the labels were made on an older text and nobody has looked at them since. */
  readonly isOfOlderText: boolean;
  /** Whether this browser could keep what is not saved yet. */
  readonly isKept: boolean;
  /** What came in from elsewhere, for the status line. */
  readonly notice: string;
}

export interface Write {
  readonly labels: Labels;
  readonly before: Labels;
  readonly dataset: Dataset | undefined;
  readonly done: boolean;
  readonly etag: string;
  /** Of the text that the labels are on. */
  readonly contentHash: string;
  /** Whether the version before is of another text, so that its offsets mean nothing and all labels are written. */
  readonly replacesAll: boolean;
  readonly keepalive: boolean;
}

export interface Opened {
  readonly text: string;
  readonly contentHash: string;
  readonly remote: RemoteLabels;
}

/** Milliseconds after the last change. */
const SAVE_AFTER = 1500;
const RETRY_FIRST = 2000;
const RETRY_LONGEST = 30_000;

export class LabelingSession {
  private base: RemoteLabels;
  /** What both sides started from while a conflict is open: a draft written meanwhile must lead to it again. */
  private ancestor: Labels = [];
  private state: SessionState;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | undefined;
  private retryAfter = RETRY_FIRST;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly opened: Opened,
    private readonly drafts: Drafts,
    private readonly write: (write: Write) => Promise<RemoteLabels>,
  ) {
    this.base = opened.remote;
    this.state = {
      history: startHistory(opened.remote.labels),
      dataset: opened.remote.dataset,
      done: opened.remote.done,
      save: "saved",
      clashes: [],
      problem: null,
      isOfOlderText: opened.remote.textChanged,
      isKept: true,
      notice: "",
    };
    this.adoptDraft();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getState = (): SessionState => this.state;

  get labels(): Labels {
    return this.state.history.present;
  }

  /** Whether there is anything that the service does not have. */
  get isDirty(): boolean {
    const { dataset, done, isOfOlderText } = this.state;
    if (this.base.textChanged && !isOfOlderText) return true;
    return dataset !== this.base.dataset || done !== this.base.done || !sameLabels(this.labels, this.base.labels);
  }

  /** Labels may be changed unless the text under them is no longer the one on the screen. */
  get isReadOnly(): boolean {
    return this.state.save === "textChanged";
  }

  edit(labels: Labels, action: string): void {
    this.change({ history: record(this.state.history, labels, action), isOfOlderText: false });
  }

  undo(): string | undefined {
    const action = this.state.history.past.at(-1)?.action;
    this.change({ history: undo(this.state.history) });
    return action;
  }

  redo(): string | undefined {
    const action = this.state.history.future.at(-1)?.action;
    this.change({ history: redo(this.state.history) });
    return action;
  }

  /** @param dataset undefined: in neither set. */
  setDataset(dataset: Dataset | undefined): void {
    this.change({ dataset });
  }

  setDone(done: boolean): void {
    this.change({ done });
  }

  /** Somebody looked at labels of an older text and found them right for this one. */
  confirmLabels(): void {
    this.change({ isOfOlderText: false });
  }

  /** Settles one conflict; when the last one is settled, saving goes on. */
  decide(clash: Clash, side: "mine" | "theirs"): void {
    const clashes = this.state.clashes.filter((each) => each !== clash);
    const labels = side === "mine" ? decideForMine(this.labels, clash) : this.labels;
    this.set({ clashes, history: record(this.state.history, labels, "Settled a conflict") });
    this.goOn();
  }

  /** Sends what is not saved yet, now. Resolves when there is nothing left to do or something stands in the way. */
  async saveNow({ keepalive = false } = {}): Promise<void> {
    clearTimeout(this.timer);
    while (this.running !== undefined) await this.running;
    if (!this.isDirty || this.state.clashes.length > 0 || this.isReadOnly) return;
    this.running = this.send(keepalive).finally(() => (this.running = undefined));
    await this.running;
  }

  /** The document is about to be left: what is unsaved goes out, and stays in the drafts until the service has it. */
  leave(): void {
    void this.saveNow({ keepalive: true });
  }

  private change(part: Partial<SessionState>): void {
    if (this.isReadOnly) return;
    this.set({ ...part, notice: "" });
    if (!this.isDirty) {
      this.drafts.clear();
      if (this.state.clashes.length === 0) this.set({ save: "saved", problem: null });
      return;
    }
    this.keepDraft();
    if (this.state.save === "saved" || this.state.save === "refused") this.set({ save: "unsaved", problem: null });
    if (this.state.save === "unsaved") this.schedule(SAVE_AFTER);
  }

  private schedule(after: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.saveNow(), after);
  }

  private async send(keepalive: boolean): Promise<void> {
    const { labels, base } = this;
    const { dataset, done } = this.state;
    const { contentHash } = this.opened;
    this.set({ save: "saving" });
    try {
      const version = { before: base.labels, etag: base.etag, contentHash, replacesAll: base.textChanged };
      const written = await this.write({ labels, dataset, done, ...version, keepalive });
      this.retryAfter = RETRY_FIRST;
      this.base = { ...written, labels };
      this.settle();
    } catch (error) {
      this.fail(error);
    }
  }

  private settle(): void {
    if (this.isDirty) {
      // Changed again while it was being sent.
      this.keepDraft();
      this.set({ save: "unsaved", problem: null });
      this.schedule(SAVE_AFTER);
    } else {
      this.drafts.clear();
      this.set({ save: "saved", problem: null });
    }
  }

  private fail(error: unknown): void {
    const current = currentLabels(error);
    if (current !== undefined) this.reconcile(current);
    else if (error instanceof UnreachableError || (error instanceof ApiError && isPassing(error.status))) {
      this.set({ save: "offline" });
      this.schedule(this.retryAfter);
      this.retryAfter = Math.min(2 * this.retryAfter, RETRY_LONGEST);
    } else if (error instanceof ApiError && error.status === 401) this.set({ save: "signedOut" });
    else if (error instanceof ApiError && error.problem.innererror?.code === "TextChanged") this.set({ save: "textChanged" });
    else if (error instanceof ApiError) this.set({ save: "refused", problem: error.problem });
    else throw error;
  }

  /** Somebody else wrote first: their labels and these, merged. */
  private reconcile(theirs: RemoteLabels): void {
    if (theirs.contentHash !== undefined && theirs.contentHash !== this.opened.contentHash) {
      this.set({ save: "textChanged" });
      return;
    }
    const { clashes } = mergeLabels(this.base.labels, this.labels, theirs.labels);
    const history = rebase(this.state.history, this.base.labels, theirs.labels);
    const dataset = this.state.dataset === this.base.dataset ? theirs.dataset : this.state.dataset;
    const done = this.state.done === this.base.done ? theirs.done : this.state.done;
    this.ancestor = this.base.labels;
    this.base = theirs;
    const notice = `Took over changes by ${theirs.modifiedBy ?? "somebody else"}.`;
    this.set({ history, dataset, done, clashes, notice });
    this.goOn();
  }

  private adoptDraft(): void {
    const draft = this.drafts.read();
    if (draft === null) return;
    if (draft.contentHash !== this.opened.contentHash) {
      this.carryOver(draft);
      return;
    }
    const { labels, clashes } = mergeLabels(draft.base, draft.mine, this.base.labels);
    this.ancestor = draft.base;
    this.set({
      history: startHistory(labels),
      dataset: draft.dataset ?? undefined,
      done: draft.done,
      clashes,
      notice: "Brought back what was not saved last time.",
    });
    this.goOn();
  }

  /** A draft of an older text: its labels go where the present text says the same. */
  private carryOver(draft: Draft): void {
    const { labels, lost } = reanchor(this.opened.text, draft.mine, draft.quotes);
    const missing = lost.length > 0 ? ` Not found in it: ${lost.map((each) => `“${each}”`).join(", ")}.` : "";
    this.set({
      history: startHistory(labels),
      done: draft.done,
      dataset: draft.dataset ?? undefined,
      isOfOlderText: false,
      notice: `Carried ${count(labels.length, "label")} over to the new text.${missing}`,
    });
    this.goOn();
  }

  /** After a merge: waits for decisions, sends what came out, or is done where nothing is left to send. */
  private goOn(): void {
    if (this.state.clashes.length > 0) {
      this.set({ save: "conflict" });
      this.keepDraft();
    } else if (this.isDirty) {
      this.set({ save: "unsaved" });
      this.keepDraft();
      this.schedule(0);
    } else this.settle();
  }

  private keepDraft(): void {
    const { text, contentHash } = this.opened;
    const { dataset, done, clashes } = this.state;
    const mine = clashes.reduce<Labels>(decideForMine, this.labels);
    const isKept = this.drafts.write({
      contentHash,
      done,
      base: clashes.length > 0 ? this.ancestor : this.base.labels,
      mine,
      quotes: mine.map(({ start, end }) => text.slice(start, end)),
      dataset: dataset ?? null,
    });
    if (isKept !== this.state.isKept) this.set({ isKept });
  }

  private set(part: Partial<SessionState>): void {
    this.state = { ...this.state, ...part };
    this.listeners.forEach((listener) => listener());
  }
}

/** Statuses that a later try may get past. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}
