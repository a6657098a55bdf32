import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { readJson } from "../../api/files";
import { createProject, importLabels, listLanguages } from "../../api/projects";
import { Check } from "../../components/Check";
import { Dialog } from "../../components/Dialog";
import { DropZone } from "../../components/DropZone";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";

interface NewProjectDialogProps {
  readonly taken: readonly string[];
  readonly onCreated: (name: string) => void;
  readonly onClose: () => void;
}

/** A new project from nothing, or with the categories and labels of a labels file. */
export function NewProjectDialog({ taken, onCreated, onClose }: NewProjectDialogProps) {
  const [name, setName] = useState("");
  const [language, setLanguage] = useState("en");
  const [multilingual, setMultilingual] = useState(false);
  const [container, setContainer] = useState("documents");
  const [description, setDescription] = useState("");
  const [file, setFile] = useState<File | null>(null);
  // The file may be refused after the project is there.
  const [isMade, setMade] = useState(false);
  const languages = useQuery({ queryKey: ["languages"], queryFn: listLanguages, staleTime: Infinity });
  const create = useMutation({
    mutationFn: async () => {
      await createProject(name, {
        language,
        multilingual,
        storageInputContainerName: container,
        ...(description === "" ? {} : { description }),
      });
      setMade(true);
      if (file !== null) await importLabels(name, forProject(await readJson(file), name, container));
    },
    onSuccess: () => onCreated(name),
  });
  const isTaken = !isMade && taken.includes(name);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate();
  };
  const close = () => (isMade ? onCreated(name) : onClose());
  return (
    <Dialog title="New project" onClose={close}>
      <form onSubmit={submit}>
        <Field
          title="Name"
          help={isTaken ? "There is a project of this name already." : "Letters, digits, “_”, “.” and “-”; it cannot be changed later."}
        >
          <input
            required
            autoFocus
            pattern="[A-Za-z0-9_.\-]{1,50}"
            maxLength={50}
            value={name}
            readOnly={isMade}
            aria-invalid={isTaken}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field title="Language of most documents">
          <select value={language} onChange={(event) => setLanguage(event.target.value)}>
            {(languages.data?.value ?? [{ languageCode: "en", languageName: "English" }]).map(({ languageCode, languageName }) => (
              <option key={languageCode} value={languageCode}>
                {languageName}
              </option>
            ))}
          </select>
        </Field>
        <Check title="Documents in several languages" checked={multilingual} onChange={setMultilingual} />
        <Field
          title="Storage container"
          help="“documents” is shared by projects, a folder each. Any other container of the account is the project’s own."
        >
          <input required value={container} onChange={(event) => setContainer(event.target.value)} />
        </Field>
        <Field title="Description">
          <input value={description} onChange={(event) => setDescription(event.target.value)} />
        </Field>
        <DropZone
          title={file === null ? "Labels file (optional)" : file.name}
          accept=".json,application/json"
          onFiles={([chosen]) => setFile(chosen ?? null)}
        />
        <p className="help">A labels file of Azure’s custom NER: its documents must be in the container already.</p>
        {create.error !== null && <Failure error={create.error} />}
        {create.error !== null && isMade && (
          <p>The project is there now, without the labels of the file. Mend the file and choose it again, or go on without it.</p>
        )}
        <p className="buttons">
          <button type="submit" className="primary" disabled={create.isPending || isTaken}>
            {create.isPending ? "Creating…" : isMade ? "Import the file" : "Create"}
          </button>
          <button type="button" onClick={close}>
            {isMade ? "Go on without the file" : "Cancel"}
          </button>
        </p>
      </form>
    </Dialog>
  );
}

/** The file says which project and container it came from; here it goes into this one. */
function forProject(file: unknown, name: string, container: string): unknown {
  if (typeof file !== "object" || file === null || !("metadata" in file)) return file;
  const metadata = file.metadata as Record<string, unknown>;
  return { ...file, metadata: { ...metadata, projectName: name, storageInputContainerName: container } };
}
