// What a person does on an open document: selection, menu, and the edits that follow.
import { useState, useSyncExternalStore, type RefObject } from "react";
import {
  labelAfter,
  labelAll,
  moveLabelEdge,
  placeLabel,
  quote,
  removeLabels,
  replaceByLabel,
  type Edit,
} from "../../annotation/edits";
import { labelAt, sortedLabels, type Label, type Labels, type Span } from "../../annotation/label";
import type { Words } from "../../annotation/words";
import type { Entity } from "../../api/entities";
import type { Suggestion } from "../../api/suggestions";
import { keysOf } from "../../categories";
import type { SurfaceHandle } from "../../surface/AnnotationSurface";
import type { Command } from "./commands";
import type { OpenDocument } from "./open-session";
import { originOf } from "./suggested";

export interface OverlapQuestion {
  readonly label: Label;
  readonly others: Labels;
}

export interface Editing {
  readonly selection: Span | null;
  readonly menu: { readonly takesFocus: boolean; readonly at: DOMRect } | null;
  readonly question: OverlapQuestion | null;
  /** For the status line, which screen readers read out. */
  readonly said: string;
  readonly select: (span: Span | null, by: "mouse" | "keyboard") => void;
  readonly label: (category: string) => void;
  readonly remove: () => void;
  readonly accept: (suggestions: readonly Suggestion[]) => void;
  readonly answer: (replace: boolean) => void;
  readonly closeMenu: () => void;
  readonly goTo: (span: Span) => void;
  /** @returns whether the command was one of these. */
  readonly obey: (command: Command) => boolean;
}

interface EditingOptions {
  readonly open: OpenDocument;
  readonly words: Words;
  readonly entities: readonly Entity[];
  readonly brush: string | null;
  /** Those that no label has taken the place of. */
  readonly suggestions: readonly Suggestion[];
  readonly onReject: (suggestion: Suggestion) => void;
  readonly surface: RefObject<SurfaceHandle | null>;
}

export function useEditing({ open, words, entities, brush, suggestions, onReject, surface }: EditingOptions): Editing {
  const { session, text } = open;
  const [selection, setSelection] = useState<Span | null>(null);
  const [menu, setMenu] = useState<Editing["menu"]>(null);
  const [question, setQuestion] = useState<OverlapQuestion | null>(null);
  const [said, say] = useState("");
  const labels = useSyncExternalStore(session.subscribe, () => session.labels);

  const apply = (edit: Edit) => {
    setMenu(null);
    if (edit.kind === "nothing") say(edit.reason);
    else if (edit.kind === "overlap") setQuestion(edit);
    else if (session.isReadOnly) say("These labels cannot be changed: the text under them is another one now.");
    else {
      session.edit(edit.labels, edit.action);
      say(`${edit.action}.`);
      if (edit.select !== undefined) goTo(edit.select);
    }
  };

  const goTo = (span: Span) => {
    setSelection(span);
    surface.current?.focus();
    surface.current?.select(span);
  };

  const openMenu = (span: Span, takesFocus: boolean) => {
    const at = surface.current?.rectangleOf(span);
    if (at !== undefined && entities.length > 0) setMenu({ takesFocus, at });
  };

  const select: Editing["select"] = (span, by) => {
    setSelection(span);
    setMenu(null);
    if (span === null) return;
    if (by === "mouse" && brush !== null) apply(placeLabel(text, labels, span, brush));
    else if (by === "mouse") openMenu(span, false);
    else say(spoken(text, labels, suggestions, span));
  };

  const label = (category: string) => apply(placeLabel(text, labels, selection, category));
  const remove = () => apply(removeLabels(text, labels, selection));

  const accept: Editing["accept"] = (accepted) => {
    const added = accepted.map(({ start, end, category }) => ({ start, end, category }));
    const [first] = added;
    if (first === undefined) return;
    const what = added.length === 1 ? `${first.category} “${quote(text, first)}”` : `${added.length} suggestions`;
    apply({ kind: "edit", labels: sortedLabels([...labels, ...added]), action: `Accepted ${what}`, select: first });
  };

  const answer = (replace: boolean) => {
    if (question !== null && replace) apply(replaceByLabel(text, labels, question.label));
    setQuestion(null);
    surface.current?.focus();
  };

  const closeMenu = () => {
    setMenu(null);
    if (selection !== null) goTo(selection);
  };

  const step = (to: "undo" | "redo") => {
    const action = session[to]();
    say(action === undefined ? `Nothing to ${to}.` : `${to === "undo" ? "Undone" : "Redone"}: ${action}.`);
  };

  const obey = (command: Command): boolean => {
    switch (command.kind) {
      case "label":
      case "labelAll": {
        const [category] = [...keysOf(entities)].find(([, key]) => key === command.key) ?? [];
        if (category === undefined) say(`No entity type has the key ${command.key}.`);
        else if (command.kind === "label") label(category);
        else apply(labelAll(text, labels, selection, category));
        return true;
      }
      case "acceptOrPick": {
        const suggestion = selection === null ? undefined : labelAt(suggestions, selection);
        if (suggestion === undefined) return obey({ kind: "pick" });
        accept([suggestion]);
        return true;
      }
      case "reject": {
        const suggestion = selection === null ? undefined : labelAt(suggestions, selection);
        if (suggestion === undefined) say("There is no suggestion here.");
        else {
          onReject(suggestion);
          say(`Rejected ${suggestion.category} “${quote(text, suggestion)}”.`);
        }
        return true;
      }
      case "pick":
        if (selection === null) say("Select the words first, with the mouse or the arrow keys.");
        else openMenu(selection, true);
        return true;
      case "remove":
        remove();
        return true;
      case "moveEdge":
        apply(moveLabelEdge(text, words, labels, selection, command.edge, command.direction));
        return true;
      case "goToLabel": {
        const next = labelAfter(sortedLabels([...labels, ...suggestions]), selection, command.direction);
        if (next === undefined) say("There is no label in this document.");
        else {
          goTo(next);
          say(spoken(text, labels, suggestions, next));
        }
        return true;
      }
      case "undo":
      case "redo":
        step(command.kind);
        return true;
      default:
        return false;
    }
  };

  return { selection, menu, question, said, select, label, remove, accept, answer, closeMenu, goTo, obey };
}

/** What a screen reader hears of a place in the text. */
function spoken(text: string, labels: Labels, suggestions: readonly Suggestion[], span: Span): string {
  const label = labelAt(labels, span);
  if (label !== undefined) return inside(text, span, label, label.category);
  const suggestion = labelAt(suggestions, span);
  if (suggestion === undefined) return quote(text, span);
  return inside(text, span, suggestion, `Suggestion ${suggestion.category}, ${originOf(suggestion)}`);
}

function inside(text: string, span: Span, label: Label, name: string): string {
  const isSame = label.start === span.start && label.end === span.end;
  return isSame ? `${name}: ${quote(text, label)}` : `${quote(text, span)}, in ${name} “${quote(text, label)}”`;
}
