// Undo and redo of one document's labels: whole states, one step a person's action. Labels are shared between states,
// so that 200 steps of 2,000 labels cost a few megabytes.
import { sameLabels, type Labels } from "./label";
import { mergeLabels } from "./merge";

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

/**
 * The history on top of what somebody else wrote in the place of `base`: a step back takes back what a person did here,
 * and not what the other one did. Steps that change nothing any more are left out.
 */
export function rebase(history: History, base: Labels, theirs: Labels): History {
  const onto = (labels: Labels) => mergeLabels(base, labels, theirs).labels;
  const present = onto(history.present);
  return { present, past: rebasedSteps(history.past, present, onto), future: rebasedSteps(history.future, present, onto) };
}

/** Steps end at the present, whichever way they lead. */
function rebasedSteps(steps: readonly Step[], present: Labels, onto: (labels: Labels) => Labels): Step[] {
  const found: Step[] = [];
  let next = present;
  for (const { labels, action } of steps.toReversed()) {
    const rebased = onto(labels);
    if (sameLabels(rebased, next)) continue;
    found.unshift({ labels: rebased, action });
    next = rebased;
  }
  return found;
}
