import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { saveFile } from "../../api/files";
import { exportFile, FORMATS, SCHEMES, type FileOptions, type Format, type Report, type Scheme } from "../../api/transfer";
import { DropZone } from "../../components/DropZone";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";
import { ImportDialog } from "./ImportDialog";
import { Problems } from "./Problems";

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
