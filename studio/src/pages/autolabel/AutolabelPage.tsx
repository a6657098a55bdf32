import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { undoChange } from "../../api/entities";
import { acceptSuggestions, listSuggested, rejectSuggestions, type AutolabelResult, type SuggestedDocument } from "../../api/suggestions";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";
import { PageFrame } from "../../components/Page";
import { count, percent } from "../../format";
import { notify } from "../../notices";
import { refreshSuggestions } from "../../refresh";
import { hrefTo } from "../../routing";
import type { PageProps } from "../pages";
import { AutolabelForm } from "./AutolabelForm";

export default function AutolabelPage({ project }: PageProps) {
  const name = project.projectName;
  const queries = useQueryClient();
  const [isStarting, setStarting] = useState(false);
  const suggested = useQuery({ queryKey: ["suggested", name], queryFn: () => listSuggested(name) });
  const rows = suggested.data?.value ?? [];
  const refresh = () => void refreshSuggestions(queries, name);
  return (
    <PageFrame
      title="Auto-labeling"
      about="A trained model or a list of names suggests labels. Nothing becomes a label until somebody accepts it, and what people labelled always wins."
      actions={
        <button type="button" className="primary" onClick={() => setStarting(true)}>
          Suggest labels
        </button>
      }
    >
      {suggested.error !== null && <Failure error={suggested.error} retry={() => void suggested.refetch()} />}
      {suggested.data !== undefined && rows.length === 0 && <p className="empty">No suggestion is waiting.</p>}
      {rows.length > 0 && (
        <>
          <Decide project={name} onDone={refresh} />
          <SuggestedTable project={name} rows={rows} />
          {suggested.data?.nextLink != null && <p className="help">More documents follow when these are decided.</p>}
        </>
      )}
      {isStarting && (
        <AutolabelForm
          project={name}
          categories={project.categories.map(({ category }) => category)}
          onClose={() => setStarting(false)}
          onDone={(result) => {
            setStarting(false);
            notify(outcome(result));
            refresh();
          }}
        />
      )}
    </PageFrame>
  );
}

function outcome({ suggestionsCount, documentsCount, skippedCount, unknownCategories }: AutolabelResult): string {
  const skipped = skippedCount === 0 ? "" : ` ${count(skippedCount, "document")} skipped: somebody is at work on their suggestions, or there are too many.`;
  const unknown = unknownCategories.length === 0 ? "" : ` The model does not know ${unknownCategories.join(", ")}.`;
  return `${count(suggestionsCount, "suggestion")} in ${count(documentsCount, "document")}.${skipped}${unknown}`;
}

function Decide({ project, onDone }: { readonly project: string; readonly onDone: () => void }) {
  const [threshold, setThreshold] = useState(0.9);
  const accept = useMutation({
    mutationFn: (minConfidence: number | undefined) =>
      acceptSuggestions(project, minConfidence === undefined ? {} : { minConfidence }),
    onSuccess: ({ labelsCount, documentsCount, changeId }) => {
      const undo = changeId === undefined ? undefined : () => undoChange(project, changeId).finally(onDone);
      notify(`Accepted ${count(labelsCount, "label")} in ${count(documentsCount, "document")}.`, undo);
      onDone();
    },
  });
  const [isRejecting, setRejecting] = useState(false);
  return (
    <section aria-label="Decide">
      <Field title={`Confidence of at least ${percent(threshold)}`} help="Confidences are calibrated: of a hundred suggestions with 0.9, about ninety are right.">
        <input type="range" min={0.5} max={0.99} step={0.01} value={threshold} onChange={(event) => setThreshold(Number(event.target.value))} />
      </Field>
      <p className="buttons">
        <button type="button" className="primary" disabled={accept.isPending} onClick={() => accept.mutate(threshold)}>
          Accept all above it
        </button>
        <button type="button" disabled={accept.isPending} onClick={() => accept.mutate(undefined)}>
          Accept all
        </button>
        <button type="button" disabled={accept.isPending} onClick={() => setRejecting(true)}>
          Reject all
        </button>
      </p>
      {accept.error !== null && <Failure error={accept.error} />}
      {isRejecting && (
        <ConfirmDialog
          title="Reject all suggestions?"
          action="Reject all"
          run={() => rejectSuggestions(project, {})}
          onDone={onDone}
          onClose={() => setRejecting(false)}
        >
          <p>All suggestions of the project go, also those of documents that this page does not show, and are not made again for the same texts. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}

function SuggestedTable({ project, rows }: { readonly project: string; readonly rows: readonly SuggestedDocument[] }) {
  return (
    <table className="grid">
      <caption>Open a document to decide one by one: Enter accepts, X rejects, N goes on</caption>
      <thead>
        <tr>
          <th scope="col">Document</th>
          <th scope="col">Suggestions</th>
          <th scope="col">Of the types</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ location, suggestionsCount, categories }) => (
          <tr key={location}>
            <th scope="row">
              <a href={hrefTo(["projects", project, "labeling", location])}>{location}</a>
            </th>
            <td className="number">{suggestionsCount}</td>
            <td>
              {Object.entries(categories)
                .map(([category, n]) => `${category} ${n}`)
                .join(", ")}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
