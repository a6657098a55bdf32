import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, useSyncExternalStore, type SyntheticEvent } from "react";
import { countByCategory } from "../../annotation/edits";
import { updateProject } from "../../api/projects";
import type { Dataset, Project } from "../../api/types";
import { digitOf } from "../../categories";
import { CategoryChip } from "../../components/CategoryChip";
import { Failure } from "../../components/Failure";
import type { LabelingSession } from "../../saving/session";
import type { Snapping } from "../../surface/AnnotationSurface";
import type { Hues } from "../../surface/SpanText";

interface ActivityPaneProps {
  readonly project: Project;
  readonly hues: Hues;
  readonly session: LabelingSession | undefined;
  readonly brush: string | null;
  readonly onBrush: (category: string | null) => void;
  readonly snapping: Snapping;
  readonly onSnapping: (snapping: Snapping) => void;
  readonly onHelp: () => void;
}

export function ActivityPane(props: ActivityPaneProps) {
  const { project, hues, session, brush, onBrush, snapping, onSnapping, onHelp } = props;
  return (
    <aside className="activity" aria-label="Labels">
      <h2>Entity types</h2>
      {project.categories.length === 0 && (
        <p className="help">Add the first entity type: what you want to find, such as a company or a date.</p>
      )}
      <CategoryList project={project} hues={hues} session={session} brush={brush} onBrush={onBrush} />
      <AddCategory project={project} />
      {session !== undefined && <DocumentFacts session={session} />}
      <h2>Selecting</h2>
      <Check
        title="Whole words"
        checked={snapping.toWords}
        onChange={(toWords) => onSnapping({ ...snapping, toWords })}
      />
      <Check
        title="Without punctuation at the ends"
        checked={snapping.trimPunctuation}
        onChange={(trimPunctuation) => onSnapping({ ...snapping, trimPunctuation })}
      />
      <button type="button" className="quiet" onClick={onHelp}>
        All keys <kbd>?</kbd>
      </button>
    </aside>
  );
}

type CategoryListProps = Pick<ActivityPaneProps, "project" | "hues" | "session" | "brush" | "onBrush">;

function CategoryList({ project, hues, session, brush, onBrush }: CategoryListProps) {
  const state = useSyncExternalStore(session?.subscribe ?? never, () => session?.getState());
  const counts = countByCategory(state?.history.present ?? []);
  return (
    <ul className="categories">
      {project.categories.map(({ category, description }, index) => (
        <li key={category}>
          <button
            type="button"
            aria-pressed={brush === category}
            title={description ?? "Brush: every selection gets this label, until Esc"}
            onClick={() => onBrush(brush === category ? null : category)}
          >
            <CategoryChip category={category} hues={hues} />
            <span className="count">{counts.get(category) ?? 0}</span>
            {digitOf(index) !== undefined && <kbd>{digitOf(index)}</kbd>}
          </button>
        </li>
      ))}
    </ul>
  );
}

function AddCategory({ project }: { readonly project: Project }) {
  const [name, setName] = useState("");
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: (category: string) =>
      updateProject(project.projectName, { categories: [...project.categories, { category }] }),
    onSuccess: (changed) => {
      queries.setQueryData(["project", project.projectName], changed);
      setName("");
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (name.trim() !== "") add.mutate(name.trim());
  };
  return (
    <form onSubmit={submit} className="inline">
      <input aria-label="New entity type" placeholder="New entity type" value={name} maxLength={50} onChange={(event) => setName(event.target.value)} />
      <button type="submit" disabled={add.isPending || name.trim() === ""}>
        Add
      </button>
      {add.isError && <Failure error={add.error} />}
    </form>
  );
}

function DocumentFacts({ session }: { readonly session: LabelingSession }) {
  const { dataset, done } = useSyncExternalStore(session.subscribe, session.getState);
  return (
    <>
      <h2>This document</h2>
      <fieldset className="choice">
        <legend>Used for</legend>
        {(["Train", "Test"] satisfies Dataset[]).map((set) => (
          <label key={set}>
            <input type="radio" name="dataset" checked={dataset === set} onChange={() => session.setDataset(set)} />
            {set === "Train" ? "Training" : "Testing"}
          </label>
        ))}
      </fieldset>
      <Check title="All labelled (Ctrl Enter)" checked={done} onChange={(checked) => session.setDone(checked)} />
    </>
  );
}

interface CheckProps {
  readonly title: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

function Check({ title, checked, onChange }: CheckProps) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      {title}
    </label>
  );
}

function never(): () => void {
  return () => undefined;
}
