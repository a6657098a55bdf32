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
  { path: "training", title: "Training jobs", component: lazy(() => import("./training/TrainingPage")) },
  { path: "models", title: "Model performance", component: lazy(() => import("./models/ModelsPage")) },
  { path: "deployments", title: "Deployments", component: lazy(() => import("./deployments/DeploymentsPage")) },
  { path: "test", title: "Test", component: lazy(() => import("./test/TestPage")) },
  { path: "settings", title: "Project settings", component: lazy(() => import("./settings/SettingsPage")) },
];
