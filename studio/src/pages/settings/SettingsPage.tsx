import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { readJson, saveFile } from "../../api/files";
import { deleteProject, exportLabels, importLabels, updateProject } from "../../api/projects";
import type { Project } from "../../api/types";
import { Check } from "../../components/Check";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { DropZone } from "../../components/DropZone";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";
import { PageFrame } from "../../components/Page";
import { count, dateTime } from "../../format";
import { notify } from "../../notices";
import { hrefTo, navigate } from "../../routing";
import type { PageProps } from "../pages";

export default function SettingsPage({ project }: PageProps) {
  const queries = useQueryClient();
  const [isDeleting, setDeleting] = useState(false);
  const name = project.projectName;
  return (
    <PageFrame title="Project settings">
      <dl className="facts">
        <dt>Name</dt>
        <dd>{name}</dd>
        <dt>Language</dt>
        <dd>{project.language}</dd>
        <dt>Storage container</dt>
        <dd>{project.storageInputContainerName}</dd>
        <dt>Created</dt>
        <dd>{dateTime(project.createdDateTime)}</dd>
        <dt>Service</dt>
        <dd>
          {window.location.origin} (<a href="/docs">API documentation</a>)
        </dd>
      </dl>
      <Description project={project} />
      <h2>Labels file</h2>
      <Import project={project} />
      <Export name={name} />
      <h2>Delete</h2>
      <button type="button" className="danger" onClick={() => setDeleting(true)}>
        Delete project…
      </button>
      {isDeleting && (
        <ConfirmDialog
          title={`Delete project ${name}`}
          action="Delete project"
          typed={name}
          run={() => deleteProject(name)}
          onDone={() => {
            void queries.invalidateQueries({ queryKey: ["projects"] });
            navigate(hrefTo([]));
          }}
          onClose={() => setDeleting(false)}
        >
          <p>Its labels, models and deployments are gone for good. The files in the container stay.</p>
        </ConfirmDialog>
      )}
    </PageFrame>
  );
}

function Description({ project }: { readonly project: Project }) {
  const queries = useQueryClient();
  const [description, setDescription] = useState(project.description ?? "");
  const [multilingual, setMultilingual] = useState(project.multilingual);
  const save = useMutation({
    mutationFn: () => updateProject(project.projectName, { description, multilingual }),
    onSuccess: (changed) => {
      queries.setQueryData(["project", project.projectName], changed);
      notify("Settings saved.");
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Field title="Description">
        <textarea rows={2} value={description} onChange={(event) => setDescription(event.target.value)} />
      </Field>
      <Check title="Documents in several languages" checked={multilingual} onChange={setMultilingual} />
      {save.error !== null && <Failure error={save.error} />}
      <button type="submit" className="primary" disabled={save.isPending}>
        Save
      </button>
    </form>
  );
}

function Import({ project }: { readonly project: Project }) {
  const name = project.projectName;
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const run = async () => {
    if (file === null) return;
    const { result } = await importLabels(name, await readJson(file));
    notify(`Imported ${count(result?.labels ?? 0, "label")} in ${count(result?.documents ?? 0, "document")}.`);
    await queries.invalidateQueries();
  };
  return (
    <>
      <DropZone title="Import a labels file" accept=".json,application/json" onFiles={([chosen]) => setFile(chosen ?? null)} />
      {file !== null && (
        <ConfirmDialog title={`Import ${file.name}`} action="Replace all labels" typed={name} run={run} onDone={() => undefined} onClose={() => setFile(null)}>
          <p>Entity types and labels of this project are replaced by those of the file. Nothing is written where the file has a fault.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function Export({ name }: { readonly name: string }) {
  const run = useMutation({
    mutationFn: () => exportLabels(name),
    onSuccess: (file) => saveFile(`${name}-labels.json`, JSON.stringify(file, null, 2), "application/json"),
  });
  return (
    <>
      <button type="button" disabled={run.isPending} onClick={() => run.mutate()}>
        {run.isPending ? "Exporting…" : "Export labels"}
      </button>
      {run.error !== null && <Failure error={run.error} />}
    </>
  );
}
