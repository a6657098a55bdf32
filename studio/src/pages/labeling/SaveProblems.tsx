import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { quote } from "../../annotation/edits";
import type { Labels } from "../../annotation/label";
import { addEntity, type Entity } from "../../api/entities";
import { CategoryChip } from "../../components/CategoryChip";
import type { LabelingSession, SessionState } from "../../saving/session";
import type { Hues } from "../../surface/SpanText";

interface SaveProblemsProps {
  readonly project: string;
  readonly entities: readonly Entity[];
  readonly text: string;
  readonly hues: Hues;
  readonly state: SessionState;
  readonly session: LabelingSession;
  /** Loads the document anew and carries the labels over to its present text. */
  readonly onReload: () => void;
}

/** What stands between the labels and the service, and the ways out; nothing here loses what was labelled. */
export function SaveProblems(props: SaveProblemsProps) {
  const { text, hues, state, session, onReload } = props;
  switch (state.save) {
    case "conflict":
      return <Conflicts text={text} hues={hues} state={state} session={session} />;
    case "refused":
      return <Refused {...props} />;
    case "textChanged":
      return (
        <section className="banner" role="alert">
          <p>
            The text of this document was replaced after you opened it. Your labels are kept in this browser; they can be
            carried over to where the new text says the same.
          </p>
          <button type="button" className="primary" onClick={onReload}>
            Show the new text and carry my labels over
          </button>
        </section>
      );
    default:
      return state.isOfOlderText ? <OlderText session={session} /> : null;
  }
}

function Conflicts({ text, hues, state, session }: Pick<SaveProblemsProps, "text" | "hues" | "state" | "session">) {
  return (
    <section className="banner" role="alert">
      <p>Somebody else changed the same labels. Everything else was merged; decide here:</p>
      <ul className="clashes">
        {state.clashes.map((clash) => (
          <li key={clash.start}>
            <q>{quote(text, clash)}</q>
            <button type="button" onClick={() => session.decide(clash, "mine")}>
              Mine: <Side labels={clash.mine} text={text} hues={hues} />
            </button>
            <button type="button" onClick={() => session.decide(clash, "theirs")}>
              Theirs: <Side labels={clash.theirs} text={text} hues={hues} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Side({ labels, text, hues }: { readonly labels: Labels; readonly text: string; readonly hues: Hues }) {
  if (labels.length === 0) return <>no label</>;
  return labels.map((label) => (
    <span key={label.start}>
      {quote(text, label)} <CategoryChip category={label.category} hues={hues} />
    </span>
  ));
}

function Refused({ project, entities, state, session }: SaveProblemsProps) {
  const queries = useQueryClient();
  const labels = state.history.present;
  const known = new Set(entities.map(({ category }) => category));
  const missing = [...new Set(labels.map(({ category }) => category))].filter((category) => !known.has(category));
  // Somebody may have removed the entity type a moment ago: the list has to be of now.
  useEffect(() => void queries.invalidateQueries({ queryKey: ["entities", project] }), [queries, project]);
  const addAgain = async (category: string) => {
    await addEntity(project, category);
    await queries.invalidateQueries({ queryKey: ["entities", project] });
    await session.saveNow();
  };
  return (
    <section className="banner" role="alert">
      <p>
        The service does not take these labels: {state.problem?.message} They are kept in this browser until they are
        saved.
      </p>
      {missing.map((category) => (
        <p key={category}>
          There is no entity type {category} any more.{" "}
          <button type="button" onClick={() => void addAgain(category)}>
            Add it again
          </button>{" "}
          <button
            type="button"
            onClick={() => {
              const kept = labels.filter((label) => label.category !== category);
              session.edit(kept, `Removed all ${category} labels`);
            }}
          >
            Remove its labels here
          </button>
        </p>
      ))}
      <button type="button" onClick={() => void session.saveNow()}>
        Try again
      </button>
    </section>
  );
}

function OlderText({ session }: { readonly session: LabelingSession }) {
  return (
    <section className="banner" role="alert">
      <p>These labels were made on an older text of this document. Look at them before they are trained on.</p>
      <button type="button" onClick={() => session.confirmLabels()}>
        They are right
      </button>
      <button type="button" onClick={() => session.edit([], "Removed all labels")}>
        Remove them all
      </button>
    </section>
  );
}
