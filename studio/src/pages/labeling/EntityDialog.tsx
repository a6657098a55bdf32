import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import {
  changeEntity,
  describeEntity,
  previewEntityChange,
  undoChange,
  type Entity,
  type EntityChange,
  type Touched,
} from "../../api/entities";
import { Dialog } from "../../components/Dialog";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";
import { count } from "../../format";
import { notify } from "../../notices";
import { isCommandKey } from "./commands";

interface EntityDialogProps {
  readonly project: string;
  readonly entity: Entity;
  readonly others: readonly Entity[];
  /** Called before labels of open documents change on the service, and after. */
  readonly before: () => Promise<void>;
  readonly after: () => void;
  readonly onRenamed: (newName: string) => void;
  readonly onClose: () => void;
}

/** Everything about one entity type; what touches labels says how many before it is done, and can be undone. */
export function EntityDialog({ project, entity, others, before, after, onRenamed, onClose }: EntityDialogProps) {
  const [asked, setAsked] = useState<{ readonly change: EntityChange; readonly touched: Touched } | null>(null);
  const preview = useMutation({
    mutationFn: async (change: EntityChange) => {
      // What is not saved yet counts, too.
      await before();
      return { change, touched: await previewEntityChange(project, entity.category, change) };
    },
    onSuccess: setAsked,
  });
  const apply = useMutation({
    mutationFn: async (change: EntityChange) => {
      await before();
      return { change, touched: await changeEntity(project, entity.category, change) };
    },
    onSuccess: ({ change, touched }) => {
      const { changeId } = touched;
      const undo = changeId === undefined ? undefined : () => undoChange(project, changeId).finally(after);
      notify(`${sentence(entity.category, change)}: ${touchedWords(touched)}.`, undo);
      if (change.kind === "rename") onRenamed(change.newName);
      after();
      onClose();
    },
  });
  const failure = preview.error ?? apply.error;
  return (
    <Dialog title={`Entity type ${entity.category}`} onClose={onClose}>
      {failure !== null && <Failure error={failure} />}
      {asked === null ? (
        <>
          <Description project={project} entity={entity} onSaved={after} />
          <Rename entity={entity} onAsk={(newName) => preview.mutate({ kind: "rename", newName })} />
          <Merge others={others} onAsk={(into) => preview.mutate({ kind: "merge", into })} />
          <p className="buttons">
            <button type="button" className="danger" onClick={() => preview.mutate({ kind: "delete" })}>
              Delete…
            </button>
            <span className="spacer" />
            <button type="button" onClick={onClose}>
              Close
            </button>
          </p>
        </>
      ) : (
        <>
          <p>
            {sentence(entity.category, asked.change)}? This touches {touchedWords(asked.touched)}. It can be undone.
          </p>
          <p className="buttons">
            <button type="button" className="primary" disabled={apply.isPending} onClick={() => apply.mutate(asked.change)}>
              {sentence(entity.category, asked.change)}
            </button>
            <button type="button" onClick={() => setAsked(null)}>
              Back
            </button>
          </p>
        </>
      )}
    </Dialog>
  );
}

function Description({ project, entity, onSaved }: { project: string; entity: Entity; onSaved: () => void }) {
  const [description, setDescription] = useState(entity.description ?? "");
  const [hotkey, setHotkey] = useState(entity.hotkey ?? "");
  const [color, setColor] = useState(entity.color ?? "");
  const isTaken = isCommandKey(hotkey);
  const details = { description: orNull(description), hotkey: orNull(hotkey), color: orNull(color) };
  const save = useMutation({
    mutationFn: (saved: typeof details) => describeEntity(project, entity.category, saved),
    onSuccess: onSaved,
  });
  const isSaved = save.isSuccess && JSON.stringify(save.variables) === JSON.stringify(details);
  return (
    <form data-saved={isSaved || undefined} onSubmit={submitted(() => save.mutate(details))}>
      <Field title="Description" help="When to use it, in a sentence or two; shown where people label.">
        <textarea rows={2} value={description} onChange={(event) => setDescription(event.target.value)} />
      </Field>
      <Field
        title="Key"
        help={isTaken ? `${hotkey} is a command of this page already; take another one.` : "One character that labels the selection."}
      >
        <input value={hotkey} maxLength={1} aria-invalid={isTaken} onChange={(event) => setHotkey(event.target.value)} />
      </Field>
      <Field title="Colour" help="Its hue is used; light and dark follow the theme.">
        <input type="color" value={color === "" ? "#808080" : color} onChange={(event) => setColor(event.target.value)} />
      </Field>
      {color !== "" && (
        <button type="button" className="quiet" onClick={() => setColor("")}>
          No colour of its own
        </button>
      )}
      {save.error !== null && <Failure error={save.error} />}
      <button type="submit" disabled={save.isPending || isTaken}>
        {isSaved ? "Saved" : "Save"}
      </button>
    </form>
  );
}

function Rename({ entity, onAsk }: { entity: Entity; onAsk: (name: string) => void }) {
  const [name, setName] = useState(entity.category);
  return (
    <form onSubmit={submitted(() => onAsk(name.trim()))}>
      <Field title="Name">
        <input value={name} maxLength={50} onChange={(event) => setName(event.target.value)} />
      </Field>
      <button type="submit" disabled={name.trim() === "" || name.trim() === entity.category}>
        Rename…
      </button>
    </form>
  );
}

function Merge({ others, onAsk }: { others: readonly Entity[]; onAsk: (into: string) => void }) {
  const [into, setInto] = useState(others[0]?.category ?? "");
  if (others.length === 0) return null;
  return (
    <form onSubmit={submitted(() => onAsk(into))}>
      <Field title="Merge into">
        <select value={into} onChange={(event) => setInto(event.target.value)}>
          {others.map(({ category }) => (
            <option key={category}>{category}</option>
          ))}
        </select>
      </Field>
      <button type="submit">Merge…</button>
    </form>
  );
}

function orNull(typed: string): string | null {
  return typed === "" ? null : typed;
}

function submitted(run: () => void): (event: SyntheticEvent) => void {
  return (event) => {
    event.preventDefault();
    run();
  };
}

function sentence(category: string, change: EntityChange): string {
  switch (change.kind) {
    case "rename":
      return `Rename ${category} to ${change.newName}`;
    case "merge":
      return `Merge ${category} into ${change.into}`;
    case "delete":
      return `Delete ${category} and its labels`;
  }
}

function touchedWords({ labelsCount, documentsCount }: Touched): string {
  return `${count(labelsCount, "label")} in ${count(documentsCount, "document")}`;
}
