import { useQuery } from "@tanstack/react-query";
import { listProjects } from "../../api/projects";
import { Shell } from "../../components/Shell";
import { hrefTo } from "../../routing";

export function ProjectsPage() {
  const projects = useQuery({ queryKey: ["projects"], queryFn: listProjects });
  return (
    <Shell>
      <div className="page">
        <h1>Projects</h1>
        <ul>
          {projects.data?.value.map(({ projectName }) => (
            <li key={projectName}>
              <a href={hrefTo(["projects", projectName])}>{projectName}</a>
            </li>
          ))}
        </ul>
      </div>
    </Shell>
  );
}
