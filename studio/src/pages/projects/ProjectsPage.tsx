import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteProject, listProjects } from "../../api/projects";
import type { Project } from "../../api/types";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { PageFrame } from "../../components/Page";
import { Shell } from "../../components/Shell";
import { dateTime } from "../../format";
import { hrefTo, navigate } from "../../routing";
import { NewProjectDialog } from "./NewProjectDialog";

export function ProjectsPage() {
  const queries = useQueryClient();
  const projects = useQuery({ queryKey: ["projects"], queryFn: listProjects });
  const [isCreating, setCreating] = useState(false);
  const [deleted, setDeleted] = useState<Project | null>(null);
  const rows = projects.data?.value ?? [];
  return (
    <Shell>
      <PageFrame
        title="Projects"
        about="A project is a container of documents, the entity types to find in them, and the models that learned to."
        actions={
          <button type="button" className="primary" onClick={() => setCreating(true)}>
            New project
          </button>
        }
      >
        {rows.length === 0 ? (
          <p className="empty">No project yet. Make the first one: a name, a language, and your documents.</p>
        ) : (
          <ProjectTable projects={rows} onDelete={setDeleted} />
        )}
      </PageFrame>
      {isCreating && (
        <NewProjectDialog
          taken={rows.map(({ projectName }) => projectName)}
          onClose={() => setCreating(false)}
          onCreated={(name) => {
            void queries.invalidateQueries({ queryKey: ["projects"] });
            navigate(hrefTo(["projects", name, "labeling"]));
          }}
        />
      )}
      {deleted !== null && (
        <ConfirmDialog
          title={`Delete project ${deleted.projectName}`}
          action="Delete project"
          typed={deleted.projectName}
          run={() => deleteProject(deleted.projectName)}
          onDone={() => void queries.invalidateQueries({ queryKey: ["projects"] })}
          onClose={() => setDeleted(null)}
        >
          <p>
            Its labels, models, deployments and extracted texts are gone for good. The files in container{" "}
            {deleted.storageInputContainerName} stay.
          </p>
        </ConfirmDialog>
      )}
    </Shell>
  );
}

function ProjectTable({ projects, onDelete }: { projects: readonly Project[]; onDelete: (project: Project) => void }) {
  return (
    <table className="grid">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Language</th>
          <th scope="col">Entity types</th>
          <th scope="col">Changed</th>
          <th scope="col">Trained</th>
          <th scope="col">Deployed</th>
          <th scope="col">
            <span className="hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {projects.map((project) => (
          <tr key={project.projectName}>
            <th scope="row">
              <a href={hrefTo(["projects", project.projectName, "labeling"])}>{project.projectName}</a>
              {project.description !== undefined && <div className="help">{project.description}</div>}
            </th>
            <td>
              {project.language}
              {project.multilingual && ", multilingual"}
            </td>
            <td>{project.categories.length}</td>
            <td>{dateTime(project.lastModifiedDateTime)}</td>
            <td>{dateTime(project.lastTrainedDateTime)}</td>
            <td>{dateTime(project.lastDeployedDateTime)}</td>
            <td>
              <button type="button" className="quiet" aria-label={`Delete ${project.projectName}`} onClick={() => onDelete(project)}>
                Delete
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
