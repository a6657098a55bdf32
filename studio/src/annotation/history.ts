// Undo and redo of one document's labels: whole states, one step a person's action. Labels are shared between states,
// so that 200 steps of 2,000 labels cost a few megabytes.
import { sameLabels, type Labels } from "./label";

const STEPS = 200;

export interface Step {
  readonly labels: Labels;
  /** What was done, for the status line: "Labelled 'Tesla' as STOCK". */
  readonly action: string;
}

export interface History {
  readonly present: Labels;
  readonly past: readonly Step[];
  readonly future: readonly Step[];
}

export function startHistory(labels: Labels): History {
  return { present: labels, past: [], future: [] };
}

/** A change that can be undone; none where nothing changed. */
export function record(history: History, labels: Labels, action: string): History {
  if (sameLabels(history.present, labels)) return history;
  const past = [...history.past, { labels: history.present, action }].slice(-STEPS);
  return { present: labels, past, future: [] };
}

export function undo(history: History): History {
  const step = history.past.at(-1);
  if (step === undefined) return history;
  const undone = { labels: history.present, action: step.action };
  return { present: step.labels, past: history.past.slice(0, -1), future: [...history.future, undone] };
}

export function redo(history: History): History {
  const step = history.future.at(-1);
  if (step === undefined) return history;
  const redone = { labels: history.present, action: step.action };
  return { present: step.labels, past: [...history.past, redone], future: history.future.slice(0, -1) };
}

/** The present under what came from elsewhere. Steps before it no longer fit the document, so they are forgotten. */
export function rebase(history: History, labels: Labels): History {
  return sameLabels(history.present, labels) ? history : startHistory(labels);
}
