import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { saveFile } from "../../api/files";
import { exportFile, FORMATS, importFile, SCHEMES, type FileOptions, type Format, type Report, type Scheme } from "../../api/transfer";
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
  const [scheme, setScheme] = useState<Scheme>("");
  const [report, setReport] = useState<Report | null>(null);
  const options: FileOptions = { format, scheme };
  const write = useMutation({
    mutationFn: () => exportFile(project, options),
    onSuccess: ({ text, ...found }) => {
      const suffix = FORMATS.find(([name]) => name === format)?.[2] ?? "txt";
      saveFile(`${project}-labels.${suffix}`, text, "text/plain");
      setReport(found);
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
      {format === "conll" && (
        <Field title="Tags">
          <select value={scheme} onChange={(event) => setScheme(event.target.value as Scheme)}>
            {SCHEMES.map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </Field>
      )}
      <DropZone title="Import a file" accept=".json,.jsonl,.conll,.txt,.tsv,.spacy" onFiles={([chosen]) => setFile(chosen ?? null)} />
      <button type="button" disabled={write.isPending} onClick={() => write.mutate()}>
        {write.isPending ? "Exporting…" : "Export labels"}
      </button>
      {write.error !== null && <Failure error={write.error} />}
      {report !== null && <Problems title="Not exported" report={report} />}
      {file !== null && <ImportDialog project={project} file={file} options={options} onClose={() => setFile(null)} />}
    </>
  );
}

interface ImportDialogProps {
  readonly project: string;
  readonly file: File;
  readonly options: FileOptions;
  readonly onClose: () => void;
}

/** What the file holds and what of it cannot be taken over, before anything is written. */
function ImportDialog({ project, file, options, onClose }: ImportDialogProps) {
  const queries = useQueryClient();
  const preview = useQuery({
    queryKey: ["import", project, options, file.name, file.lastModified],
    queryFn: () => importFile(project, file, options, true),
    gcTime: 0,
  });
  const run = useMutation({
    mutationFn: () => importFile(project, file, options, false),
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
          <Problems title="Cannot be taken over" report={report} />
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

const SHOWN = 200;

function Problems({ title, report }: { readonly title: string; readonly report: Report }) {
  const { problems, problemsCount } = report;
  if (problemsCount === 0) return null;
  return (
    <details className="banner">
      <summary>
        {title}: {problemsCount.toLocaleString()}
      </summary>
      <ul>
        {problems.slice(0, SHOWN).map(({ target, message }, i) => (
          <li key={i}>
            {target !== undefined && <code>{target}</code>} {message}
          </li>
        ))}
        {problemsCount > SHOWN && <li>… and {(problemsCount - SHOWN).toLocaleString()} more that are not shown</li>}
      </ul>
    </details>
  );
}
