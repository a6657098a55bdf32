import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Problem } from "../../api/client";
import { saveFile } from "../../api/files";
import { exportFile, FORMATS, importFile, type Format } from "../../api/transfer";
import { Dialog } from "../../components/Dialog";
import { DropZone } from "../../components/DropZone";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";
import { Waiting } from "../../components/Waiting";
import { count } from "../../format";
import { notify } from "../../notices";

/** Labels in and out, in the formats that people have them in. */
export function Transfer({ project }: { readonly project: string }) {
  const [format, setFormat] = useState<Format>("azure");
  const [file, setFile] = useState<File | null>(null);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const write = useMutation({
    mutationFn: () => exportFile(project, format),
    onSuccess: ({ text, problems: found }) => {
      const suffix = FORMATS.find(([name]) => name === format)?.[2] ?? "txt";
      saveFile(`${project}-labels.${suffix}`, text, "text/plain");
      setProblems(found);
    },
  });
  return (
    <>
      <Field title="Format">
        <select value={format} onChange={(event) => setFormat(event.target.value as Format)}>
          {FORMATS.map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </Field>
      <DropZone title="Import a file" accept=".json,.jsonl,.conll,.txt,.tsv,.spacy" onFiles={([chosen]) => setFile(chosen ?? null)} />
      <button type="button" disabled={write.isPending} onClick={() => write.mutate()}>
        {write.isPending ? "Exporting…" : "Export labels"}
      </button>
      {write.error !== null && <Failure error={write.error} />}
      <Problems title="Not exported" problems={problems} />
      {file !== null && <ImportDialog project={project} file={file} format={format} onClose={() => setFile(null)} />}
    </>
  );
}

interface ImportDialogProps {
  readonly project: string;
  readonly file: File;
  readonly format: Format;
  readonly onClose: () => void;
}

/** What the file holds and what of it cannot be taken over, before anything is written. */
function ImportDialog({ project, file, format, onClose }: ImportDialogProps) {
  const queries = useQueryClient();
  const preview = useQuery({
    queryKey: ["import", project, format, file.name, file.lastModified],
    queryFn: () => importFile(project, file, format, true),
    gcTime: 0,
  });
  const run = useMutation({
    mutationFn: () => importFile(project, file, format, false),
    onSuccess: ({ labelsCount, documentsCount }) => {
      notify(`Imported ${count(labelsCount, "label")} in ${count(documentsCount, "document")}.`);
      onClose();
      return queries.invalidateQueries();
    },
  });
  const failure = preview.error ?? run.error;
  const report = preview.data;
  return (
    <Dialog title={`Import ${file.name}`} onClose={onClose}>
      {failure !== null && <Failure error={failure} />}
      {report === undefined ? (
        failure === null && <Waiting what="file" />
      ) : (
        <>
          <p>
            {count(report.labelsCount, "label")} in {count(report.documentsCount, "document")}. They replace the labels that
            these documents have; each document’s history keeps those.
          </p>
          {report.uploadedCount > 0 && <p>{count(report.uploadedCount, "text")} that the project does not have become documents.</p>}
          {report.newCategories.length > 0 && <p>New entity types: {report.newCategories.join(", ")}</p>}
          <Problems title="Cannot be taken over" problems={report.problems} />
        </>
      )}
      <p className="buttons">
        <button type="button" className="primary" disabled={report === undefined || run.isPending} onClick={() => run.mutate()}>
          {run.isPending ? "Importing…" : "Import"}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </p>
    </Dialog>
  );
}

function Problems({ title, problems }: { readonly title: string; readonly problems: readonly Problem[] }) {
  if (problems.length === 0) return null;
  return (
    <details className="banner">
      <summary>
        {title}: {problems.length}
      </summary>
      <ul>
        {problems.slice(0, 200).map(({ target, message }, i) => (
          <li key={i}>
            {target !== undefined && <code>{target}</code>} {message}
          </li>
        ))}
      </ul>
    </details>
  );
}
