import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { compareLabels, labelAt, overlapping, type Label, type Span } from "../../annotation/label";
import { quote } from "../../annotation/edits";
import { wordsOf } from "../../annotation/words";
import type { Entity } from "../../api/entities";
import { getSuggestions, rejectSuggestions, type Suggestion } from "../../api/suggestions";
import { subscribeToSignIn } from "../../api/session";
import { keysOf } from "../../categories";
import { Dialog } from "../../components/Dialog";
import { refreshSuggestions } from "../../refresh";
import { AnnotationSurface, type Snapping, type SurfaceHandle } from "../../surface/AnnotationSurface";
import type { Hues } from "../../surface/SpanText";
import { CategoryMenu } from "./CategoryMenu";
import type { Command } from "./commands";
import { MatchesDialog } from "./MatchesDialog";
import type { OpenDocument } from "./open-session";
import { SaveProblems } from "./SaveProblems";
import { SaveStatus } from "./SaveStatus";
import { shownSuggestion } from "./suggested";
import { SuggestionsBox } from "./SuggestionsBox";
import { useEditing } from "./use-editing";
import { useKeyCommands } from "./use-key-commands";

interface EditorProps {
  readonly open: OpenDocument;
  readonly project: string;
  readonly entities: readonly Entity[];
  readonly hues: Hues;
  readonly brush: string | null;
  readonly snapping: Snapping;
  /** Selected when the document opens: a link to a place. */
  readonly initial: Span | null;
  /** Commands that are not about this document's labels. */
  readonly onCommand: (command: Command) => void;
  /** Loads the document anew; what is not saved comes back from the draft. */
  readonly onReload: () => void;
}

/** One open document: its text to label, what was said last, and whether it is saved. */
export function Editor(props: EditorProps) {
  const { project, open, entities, hues, brush, snapping, initial, onCommand, onReload } = props;
  const { session, text, document } = open;
  const surface = useRef<SurfaceHandle>(null);
  const words = useMemo(() => wordsOf(text), [text]);
  const state = useSyncExternalStore(session.subscribe, session.getState);
  const hotkeys = useMemo(() => new Set(keysOf(entities).values()), [entities]);
  const [everywhere, setEverywhere] = useState<Label | null>(null);
  const queries = useQueryClient();
  const suggested = useQuery({
    queryKey: ["suggestions", project, document.location],
    queryFn: () => getSuggestions(project, document.location),
  });
  const labels = state.history.present;
  // The same objects each time, so that a change repaints only the blocks that it touches.
  const shown = useMemo(() => (suggested.data ?? []).map(shownSuggestion), [suggested.data]);
  const suggestions = useMemo(() => shown.filter((each) => overlapping(labels, each).length === 0), [shown, labels]);
  const painted = useMemo(
    () => (suggestions.length === 0 ? labels : [...labels, ...suggestions].sort(compareLabels)),
    [labels, suggestions],
  );
  const reject = useMutation({
    mutationFn: (suggestion: Suggestion) =>
      rejectSuggestions(project, { locations: [document.location], labels: [suggestion] }),
    onSettled: () => refreshSuggestions(queries, project),
  });
  const editing = useEditing({ open, words, entities, brush, suggestions, onReject: reject.mutate, surface });

  const chosen = editing.selection === null ? undefined : labelAt(labels, editing.selection);

  useEffect(() => {
    surface.current?.focus();
    if (initial !== null && initial.end <= text.length) editing.goTo(initial);
    // Only when the document is shown first: afterwards the place is the person's own.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [open]);
  useLeavingSafely(session);
  useKeyCommands(hotkeys, (command) => {
    if (command.kind === "cancel" && editing.menu !== null) editing.closeMenu();
    else if (!editing.obey(command)) onCommand(command);
  });

  return (
    <section className="editor" aria-label={document.location}>
      <header className="editor-bar">
        <h1>{document.location}</h1>
        <SaveStatus state={state} onSave={() => void session.saveNow()} />
      </header>
      <SaveProblems project={project} text={text} entities={entities} hues={hues} state={state} session={session} onReload={onReload} />
      <SuggestionsBox
        project={project}
        location={document.location}
        text={text}
        hues={hues}
        suggestions={suggestions}
        onAccept={editing.accept}
        onReject={reject.mutate}
        onGoTo={editing.goTo}
        onRejected={() => void refreshSuggestions(queries, project)}
      />
      <div className="scroller">
        <AnnotationSurface
          ref={surface}
          text={text}
          words={words}
          labels={painted}
          hues={hues}
          snapping={snapping}
          name={`Text of ${document.location}`}
          onSelect={editing.select}
        />
      </div>
      <p className="status-line" role="status" aria-label="Last action">
        {state.notice === "" ? editing.said : state.notice}
      </p>
      {editing.menu !== null && (
        <CategoryMenu
          entities={entities}
          hues={hues}
          at={editing.menu.at}
          takesFocus={editing.menu.takesFocus}
          canRemove={chosen !== undefined}
          onPick={editing.label}
          onRemove={editing.remove}
          onEverywhere={chosen === undefined ? undefined : () => setEverywhere(chosen)}
          onClose={editing.closeMenu}
        />
      )}
      {editing.question !== null && (
        <Dialog title="Labels cannot overlap" onClose={() => editing.answer(false)}>
          <p>
            “{quote(text, editing.question.label)}” overlaps{" "}
            {editing.question.others.map((label) => `${label.category} “${quote(text, label)}”`).join(", ")}.
          </p>
          <p className="buttons">
            <button type="button" className="primary" onClick={() => editing.answer(true)}>
              Replace by {editing.question.label.category}
            </button>
            <button type="button" onClick={() => editing.answer(false)}>
              Keep what is there
            </button>
          </p>
        </Dialog>
      )}
      {everywhere !== null && (
        <MatchesDialog
          project={project}
          text={text.slice(everywhere.start, everywhere.end)}
          category={everywhere.category}
          before={() => session.saveNow()}
          after={onReload}
          onClose={() => setEverywhere(null)}
        />
      )}
    </section>
  );
}

/** Saves when the document or the page is left, warns while something is unsaved, and goes on after a new sign-in. */
function useLeavingSafely(session: OpenDocument["session"]): void {
  useEffect(() => subscribeToSignIn(() => void session.saveNow()), [session]);
  useEffect(() => {
    const hidden = () => {
      if (document.visibilityState === "hidden") session.leave();
    };
    const unload = (event: BeforeUnloadEvent) => {
      if (session.isDirty) event.preventDefault();
    };
    const online = () => void session.saveNow();
    document.addEventListener("visibilitychange", hidden);
    window.addEventListener("beforeunload", unload);
    window.addEventListener("online", online);
    return () => {
      document.removeEventListener("visibilitychange", hidden);
      window.removeEventListener("beforeunload", unload);
      window.removeEventListener("online", online);
      session.leave();
    };
  }, [session]);
}
