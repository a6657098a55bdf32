import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { applyToMatches, previewMatches, undoChange } from "../../api/entities";
import { Check } from "../../components/Check";
import { Dialog } from "../../components/Dialog";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Waiting";
import { count } from "../../format";
import { notify } from "../../notices";

interface MatchesDialogProps {
  readonly project: string;
  readonly text: string;
  readonly category: string;
  readonly before: () => Promise<void>;
  readonly after: () => void;
  readonly onClose: () => void;
}

/** The same text in all documents: what would be labelled, then all of it in one step that can be undone. */
export function MatchesDialog({ project, text, category, before, after, onClose }: MatchesDialogProps) {
  const [ignoreCase, setIgnoreCase] = useState(false);
  const [wholeWords, setWholeWords] = useState(true);
  const matching = { text, category, ignoreCase, wholeWords };
  const preview = useQuery({
    queryKey: ["matches", project, matching],
    queryFn: async () => {
      await before();
      return previewMatches(project, matching);
    },
    gcTime: 0,
  });
  const apply = useMutation({
    mutationFn: () => applyToMatches(project, matching),
    onSuccess: ({ labelsCount, documentsCount, changeId }) => {
      const undo = changeId === undefined ? undefined : () => undoChange(project, changeId).finally(after);
      notify(`Labelled “${text}” as ${category}: ${count(labelsCount, "label")} in ${count(documentsCount, "document")}.`, undo);
      after();
      onClose();
    },
  });
  const failure = preview.error ?? apply.error;
  const labelsCount = preview.data?.labelsCount ?? 0;
  return (
    <Dialog title={`“${text}” as ${category} in all documents`} onClose={onClose}>
      <Check title="Whole words" checked={wholeWords} onChange={setWholeWords} />
      <Check title="Upper and lower case are the same" checked={ignoreCase} onChange={setIgnoreCase} />
      {failure !== null && <Failure error={failure} />}
      {preview.data === undefined ? (
        failure === null && <Waiting what="matches" />
      ) : (
        <>
          <p>
            {labelsCount === 0
              ? "No other unlabelled place says this."
              : `${count(labelsCount, "unlabelled place")} in ${count(preview.data.documentsCount, "document")}:`}
          </p>
          <ul className="examples">
            {preview.data.examples.map((example, i) => (
              <li key={i}>
                {example.before}
                <strong>{example.text}</strong>
                {example.after} <span className="help">{example.location}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="buttons">
        <button type="button" className="primary" disabled={labelsCount === 0 || apply.isPending} onClick={() => apply.mutate()}>
          Label them all
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </p>
    </Dialog>
  );
}
