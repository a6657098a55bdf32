// The pages of a project, in the order of the navigation; each is loaded when it is first shown.
import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import type { Project } from "../api/types";

export interface PageProps {
  readonly project: Project;
  /** Segments of the address after the page's own. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

export interface PageEntry {
  readonly path: string;
  readonly title: string;
  readonly component: LazyExoticComponent<ComponentType<PageProps>>;
}

export const PAGES: readonly PageEntry[] = [
  { path: "labeling", title: "Data labeling", component: lazy(() => import("./labeling/LabelingPage")) },
];
