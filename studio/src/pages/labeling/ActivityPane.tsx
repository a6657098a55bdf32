import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, useSyncExternalStore, type SyntheticEvent } from "react";
import { countByCategory } from "../../annotation/edits";
import { addEntity, type Entity } from "../../api/entities";
import type { Dataset } from "../../api/types";
import { keysOf } from "../../categories";
import { CategoryChip } from "../../components/CategoryChip";
import { Check } from "../../components/Check";
import { Failure } from "../../components/Failure";
import { Tabs } from "../../components/Tabs";
import type { LabelingSession } from "../../saving/session";
import type { Snapping } from "../../surface/AnnotationSurface";
import type { Hues } from "../../surface/SpanText";
import { Distribution } from "./Distribution";

interface ActivityPaneProps {
  readonly project: string;
  readonly entities: readonly Entity[];
  readonly hues: Hues;
  readonly session: LabelingSession | undefined;
  readonly brush: string | null;
  readonly onBrush: (category: string | null) => void;
  readonly snapping: Snapping;
  readonly onSnapping: (snapping: Snapping) => void;
  readonly onEdit: (entity: Entity) => void;
  readonly onHistory: () => void;
  readonly onChanges: () => void;
  readonly onHelp: () => void;
}

const TABS = [
  ["labels", "Labels"],
  ["distribution", "Distribution"],
] as const;

export function ActivityPane(props: ActivityPaneProps) {
  const { project, entities, hues, session, brush, onBrush, snapping, onSnapping, onEdit, onHistory, onChanges, onHelp } = props;
  const [tab, setTab] = useState<(typeof TABS)[number][0]>("labels");
  return (
    <aside className="activity" aria-label="Activity">
      <Tabs tabs={TABS} current={tab} onSelect={setTab}>
        {tab === "distribution" ? (
          <Distribution project={project} />
        ) : (
          <>
            {entities.length === 0 && (
              <p className="help">Add the first entity type: what you want to find, such as a company or a date.</p>
            )}
            <CategoryList entities={entities} hues={hues} session={session} brush={brush} onBrush={onBrush} onEdit={onEdit} />
            <AddCategory project={project} />
            <button type="button" className="quiet" onClick={onChanges}>
              Changes to many documents…
            </button>
            {session !== undefined && <DocumentFacts session={session} onHistory={onHistory} />}
            <h2>Selecting</h2>
            <Check title="Whole words" checked={snapping.toWords} onChange={(toWords) => onSnapping({ ...snapping, toWords })} />
            <Check
              title="Without punctuation at the ends"
              checked={snapping.trimPunctuation}
              onChange={(trimPunctuation) => onSnapping({ ...snapping, trimPunctuation })}
            />
            <button type="button" className="quiet" onClick={onHelp}>
              All keys <kbd>?</kbd>
            </button>
          </>
        )}
      </Tabs>
    </aside>
  );
}

type CategoryListProps = Pick<ActivityPaneProps, "entities" | "hues" | "session" | "brush" | "onBrush" | "onEdit">;

function CategoryList({ entities, hues, session, brush, onBrush, onEdit }: CategoryListProps) {
  const state = useSyncExternalStore(session?.subscribe ?? never, () => session?.getState());
  const counts = countByCategory(state?.history.present ?? []);
  const keys = keysOf(entities);
  return (
    <ul className="categories">
      {entities.map((entity) => {
        const { category, description, labelsCount } = entity;
        return (
          <li key={category}>
            <button
              type="button"
              className="brush"
              aria-pressed={brush === category}
              title={description ?? "Brush: every selection gets this label, until Esc"}
              onClick={() => onBrush(brush === category ? null : category)}
            >
              <CategoryChip category={category} hues={hues} />
              <span className="count" title="In this document, of all in the project">
                {counts.get(category) ?? 0} / {labelsCount ?? "…"}
              </span>
              {keys.has(category) && <kbd>{keys.get(category)}</kbd>}
            </button>
            <button type="button" className="quiet" aria-label={`Change ${category}`} onClick={() => onEdit(entity)}>
              ⋯
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function AddCategory({ project }: { readonly project: string }) {
  const [name, setName] = useState("");
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: (category: string) => addEntity(project, category),
    onSuccess: () => {
      setName("");
      return queries.invalidateQueries({ queryKey: ["entities", project] });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (name.trim() !== "") add.mutate(name.trim());
  };
  return (
    <form onSubmit={submit} className="inline">
      <input
        aria-label="New entity type"
        placeholder="New entity type"
        value={name}
        maxLength={50}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" disabled={add.isPending || name.trim() === ""}>
        Add
      </button>
      {add.isError && <Failure error={add.error} />}
    </form>
  );
}

const USES: readonly (readonly [set: Dataset | undefined, title: string])[] = [
  ["Train", "Training"],
  ["Test", "Testing"],
  [undefined, "Neither set"],
];

function DocumentFacts({ session, onHistory }: { readonly session: LabelingSession; readonly onHistory: () => void }) {
  const { dataset, done } = useSyncExternalStore(session.subscribe, session.getState);
  return (
    <>
      <h2>This document</h2>
      <fieldset className="choice">
        <legend>Used for</legend>
        {USES.map(([set, title]) => (
          <label key={title}>
            <input type="radio" name="dataset" checked={dataset === set} onChange={() => session.setDataset(set)} />
            {title}
          </label>
        ))}
      </fieldset>
      <Check title="All labelled (Ctrl Enter)" checked={done} onChange={(checked) => session.setDone(checked)} />
      <button type="button" className="quiet" onClick={onHistory}>
        Earlier labels…
      </button>
    </>
  );
}

function never(): () => void {
  return () => undefined;
}
