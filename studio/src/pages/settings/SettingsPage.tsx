import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteProject, updateProject } from "../../api/projects";
import type { Project } from "../../api/types";
import { Check } from "../../components/Check";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";
import { PageFrame } from "../../components/Page";
import { dateTime } from "../../format";
import { notify } from "../../notices";
import { hrefTo, navigate } from "../../routing";
import type { PageProps } from "../pages";
import { Transfer } from "./Transfer";

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
      <h2>Labels of other tools</h2>
      <Transfer project={name} />
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
