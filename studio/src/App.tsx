import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useSyncExternalStore } from "react";
import { ApiError } from "./api/client";
import { getProject, listProjects } from "./api/projects";
import { isSignInRefused, readKey, subscribeToRefusal, subscribeToSignIn } from "./api/session";
import { Failure } from "./components/Failure";
import { Shell } from "./components/Shell";
import { SIGNED_IN, SignInAgain } from "./components/SignInAgain";
import { Waiting } from "./components/Waiting";
import { ProjectsPage } from "./pages/projects/ProjectsPage";
import { SignedInPage, SignInPage } from "./pages/SignInPage";
import { PAGES } from "./pages/pages";
import { hrefTo, navigate, useRoute } from "./routing";

const NotFoundPage = lazy(() => import("./pages/NotFoundPage"));

export function App() {
  const queries = useQueryClient();
  const projects = useQuery({ queryKey: ["projects"], queryFn: listProjects });
  // A sign-in that ended in the middle of work is renewed where the work is: what is on the screen stays, and the open
  // document with what is unsaved in it most of all.
  useEffect(
    () => subscribeToSignIn(() => void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "open" })),
    [queries],
  );
  const isRefused = useSyncExternalStore(subscribeToRefusal, isSignInRefused);
  if (projects.data !== undefined) {
    return (
      <>
        {isRefused && <SignInAgain />}
        <Pages />
      </>
    );
  }
  if (projects.isPending) return <Waiting what="projects" />;
  // 403: somebody who is known and may do nothing here yet.
  if (projects.error instanceof ApiError && [401, 403].includes(projects.error.status)) {
    return <SignInPage wasRefused={readKey() !== null} />;
  }
  return <Failure error={projects.error} retry={() => void projects.refetch()} />;
}

function Pages() {
  const { segments, query } = useRoute();
  const [root, project, page = "labeling", ...rest] = segments;
  if (root === undefined) return <ProjectsPage />;
  if (root === SIGNED_IN) return <SignedInPage />;
  if (root !== "projects" || project === undefined) return <Lost />;
  return <ProjectPages key={project} name={project} page={page} rest={rest} query={query} />;
}

interface ProjectPagesProps {
  readonly name: string;
  readonly page: string;
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

function ProjectPages({ name, page, rest, query }: ProjectPagesProps) {
  const project = useQuery({ queryKey: ["project", name], queryFn: () => getProject(name) });
  const Page = PAGES.find((each) => each.path === page)?.component;
  if (Page === undefined) return <Lost />;
  return (
    <Shell project={name} page={page}>
      {project.isError ? (
        <Failure error={project.error} retry={() => void project.refetch()} />
      ) : project.isPending ? (
        <Waiting what="project" />
      ) : (
        <Suspense fallback={<Waiting what="page" />}>
          <Page project={project.data} rest={rest} query={query} />
        </Suspense>
      )}
    </Shell>
  );
}

function Lost() {
  return (
    <Suspense fallback={null}>
      <NotFoundPage onHome={() => navigate(hrefTo([]))} />
    </Suspense>
  );
}
