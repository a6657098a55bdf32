import { get, projectPath, request } from "./client";
import { runOperation } from "./operations";
import type { Page } from "./types";

export interface Deployment {
  readonly deploymentName: string;
  readonly modelId: string;
  readonly lastTrainedDateTime: string;
  readonly lastDeployedDateTime: string;
  readonly modelTrainingConfigVersion: string;
}

export async function listDeployments(project: string): Promise<readonly Deployment[]> {
  return (await get<Page<Deployment>>(projectPath(project, "deployments"), { query: { maxpagesize: 1000 } })).value;
}

export async function deploy(project: string, name: string, model: string): Promise<void> {
  await runOperation(projectPath(project, "deployments", name), { method: "PUT", body: { trainedModelLabel: model } });
}

export async function deleteDeployment(project: string, name: string): Promise<void> {
  await runOperation(projectPath(project, "deployments", name), { method: "DELETE" });
}

export async function swapDeployments(project: string, first: string, second: string): Promise<void> {
  const body = { firstDeploymentName: first, secondDeploymentName: second };
  await runOperation(projectPath(project, "deployments", ":swap"), { body });
}

export interface PredictedEntity {
  readonly text: string;
  readonly category: string;
  readonly offset: number;
  readonly length: number;
  readonly confidenceScore: number;
}

export interface Prediction {
  readonly entities: readonly PredictedEntity[];
  /** The whole answer, as an application gets it. */
  readonly answer: unknown;
  /** From sending to having the answer, in this browser. */
  readonly milliseconds: number;
}

interface AnalyzeTextResult {
  readonly results: {
    readonly documents: readonly { readonly entities: readonly PredictedEntity[] }[];
    readonly errors: readonly { readonly error: { readonly message: string } }[];
  };
}

export async function predict(project: string, deployment: string, text: string): Promise<Prediction> {
  const body = {
    kind: "CustomEntityRecognition",
    analysisInput: { documents: [{ id: "1", text }] },
    parameters: { projectName: project, deploymentName: deployment, stringIndexType: "Utf16CodeUnit" },
  };
  const started = performance.now();
  const { value } = await request<AnalyzeTextResult>("/language/:analyze-text", { method: "POST", body });
  const milliseconds = performance.now() - started;
  const [failed] = value.results.errors;
  if (failed !== undefined) throw new Error(failed.error.message);
  return { entities: value.results.documents[0]?.entities ?? [], answer: value, milliseconds };
}
