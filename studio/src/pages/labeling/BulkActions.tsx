import { useState } from "react";
import { deleteDocuments, updateDocuments, type DocumentOutcome } from "../../api/documents";
import type { Dataset, Document } from "../../api/types";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { count } from "../../format";
import { notify } from "../../notices";

/** What is done to many documents at once. */
export type Bulk = Dataset | "neither" | "delete";

interface BulkActionsProps {
  readonly project: string;
  readonly chosen: readonly Document[];
  readonly onClear: () => void;
  /** Whatever is unsaved goes out first: it would be a conflict afterwards. */
  readonly before: () => Promise<unknown>;
  readonly after: (done: readonly string[], what: Bulk) => void;
}

interface Move {
  readonly dataset: Dataset | null;
  /** "Move 3 documents to the training set" */
  readonly to: string;
  readonly about: string;
}

const BY_HAND = "when a training splits by hand. Labels stay as they are.";
const MOVES: Readonly<Record<Exclude<Bulk, "delete">, Move>> = {
  Train: { dataset: "Train", to: "to the training set", about: `will be used for training ${BY_HAND}` },
  Test: { dataset: "Test", to: "to the testing set", about: `will be used for testing ${BY_HAND}` },
  neither: { dataset: null, to: "out of both sets", about: `will be in neither set ${BY_HAND}` },
};

/** The bar over the list while documents are chosen: each action asks first, and says of how many. */
export function BulkActions({ project, chosen, onClear, before, after }: BulkActionsProps) {
  const [asked, setAsked] = useState<Bulk | null>(null);
  const locations = chosen.map(({ location }) => location);
  const documents = count(chosen.length, "document");

  const run = async (what: Bulk) => {
    await before();
    const outcomes =
      what === "delete" ? await deleteDocuments(project, locations) : await updateDocuments(project, locations, { dataset: MOVES[what].dataset });
    notify(told(outcomes, what));
    onClear();
    after(outcomes.filter(({ error }) => error === undefined).map(({ location }) => location), what);
  };

  return (
    <div className="bulk" role="group" aria-label="Chosen documents">
      <span role="status">{documents} chosen</span>
      <button type="button" onClick={() => setAsked("Train")}>
        To training…
      </button>
      <button type="button" onClick={() => setAsked("Test")}>
        To testing…
      </button>
      <button type="button" onClick={() => setAsked("neither")}>
        Out of both…
      </button>
      <button type="button" className="danger" onClick={() => setAsked("delete")}>
        Delete…
      </button>
      <button type="button" className="quiet" onClick={onClear}>
        Choose none
      </button>
      {asked === "delete" && (
        <ConfirmDialog
          title={`Delete ${documents}`}
          action={`Delete ${documents}`}
          typed="delete"
          run={() => run("delete")}
          onDone={() => undefined}
          onClose={() => setAsked(null)}
        >
          <p>
            {documents} with {count(labelsIn(chosen), "label")} and {chosen.length === 1 ? "its file" : "their files"} in the storage
            container will be deleted. This cannot be undone.
          </p>
          <Names locations={locations} />
        </ConfirmDialog>
      )}
      {asked !== null && asked !== "delete" && (
        <ConfirmDialog
          title={`Move ${documents} ${MOVES[asked].to}`}
          action={`Move ${documents}`}
          run={() => run(asked)}
          onDone={() => undefined}
          onClose={() => setAsked(null)}
        >
          <p>
            {documents} {MOVES[asked].about}
          </p>
          <Names locations={locations} />
        </ConfirmDialog>
      )}
    </div>
  );
}

const NAMED = 8;

function Names({ locations }: { readonly locations: readonly string[] }) {
  return (
    <ul className="names">
      {locations.slice(0, NAMED).map((location) => (
        <li key={location}>{location}</li>
      ))}
      {locations.length > NAMED && <li>… and {(locations.length - NAMED).toLocaleString()} more</li>}
    </ul>
  );
}

function labelsIn(documents: readonly Document[]): number {
  return documents.reduce((sum, { labelsCount = 0 }) => sum + labelsCount, 0);
}

/** What became of it, with the first reason where something failed. */
function told(outcomes: readonly DocumentOutcome[], what: Bulk): string {
  const failed = outcomes.filter(({ error }) => error !== undefined);
  const documents = count(outcomes.length - failed.length, "document");
  const done = what === "delete" ? `Deleted ${documents}.` : `Moved ${documents} ${MOVES[what].to}.`;
  const [first] = failed;
  if (first === undefined) return done;
  return `${done} ${count(failed.length, "document")} could not be: ${first.location}: ${first.error?.message ?? ""}`;
}
