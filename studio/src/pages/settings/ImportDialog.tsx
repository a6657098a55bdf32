import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError } from "../../api/client";
import { OperationError } from "../../api/operations";
import { FORMATS, importFile, type FileOptions, type Format } from "../../api/transfer";
import { Dialog } from "../../components/Dialog";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Waiting";
import { count } from "../../format";
import { notify } from "../../notices";
import { Problems } from "./Problems";

interface ImportDialogProps {
  readonly project: string;
  readonly file: File;
  readonly options: FileOptions;
  readonly onClose: () => void;
}

/** What the file holds and what of it cannot be taken over, before anything is written. */
export function ImportDialog({ project, file, options, onClose }: ImportDialogProps) {
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
  const report = preview.data;
  if (preview.error !== null && isAboutTheFile(preview.error)) {
    return <Unusable name={file.name} format={options.format} error={preview.error} onClose={onClose} />;
  }
  return (
    <Dialog title={`Import ${file.name}`} onClose={onClose}>
      {preview.error !== null && <Failure error={preview.error} retry={() => void preview.refetch()} />}
      {run.error !== null && <Failure error={run.error} />}
      {report === undefined ? (
        preview.error === null && <Waiting what="file" />
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

/** Whether another try cannot help, only another file. */
function isAboutTheFile(error: Error): boolean {
  return error instanceof OperationError || (error instanceof ApiError && [400, 413].includes(error.status));
}

interface UnusableProps {
  readonly name: string;
  readonly format: Format;
  readonly error: Error;
  readonly onClose: () => void;
}

/** Why nothing of a file can be used, and what to do about it. */
function Unusable({ name, format, error, onClose }: UnusableProps) {
  return (
    <Dialog title={`Import ${name}`} onClose={onClose}>
      <Failure error={error} />
      <p>Nothing of this file can be imported as it is, and nothing was changed.</p>
      <ul>
        <li>
          It was read as “{FORMATS.find(([each]) => each === format)?.[1]}”. If it is something else, close this, choose the
          format first and the file again.
        </li>
        <li>If the format is right, mend in the file what is said above, and choose it again.</li>
      </ul>
      <p className="buttons">
        <button type="button" className="primary" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
