import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteModel, getEvaluation, listModels, newestModel, type Model } from "../../api/models";
import type { Project } from "../../api/types";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { Failure } from "../../components/Failure";
import { PageFrame } from "../../components/Page";
import { Tabs } from "../../components/Tabs";
import { Waiting } from "../../components/Waiting";
import { dateTime, duration } from "../../format";
import { hrefTo, navigate } from "../../routing";
import "../../styles/models.css";
import type { PageProps } from "../pages";
import { Compare } from "./Compare";
import { Confusion } from "./Confusion";
import { Distribution } from "./Distribution";
import { Documents } from "./Documents";
import { Errors } from "./Errors";
import { EntityScores, Overview } from "./Overview";

const TABS = [
  ["overview", "Overview"],
  ["entities", "Entity types"],
  ["documents", "Test documents"],
  ["errors", "Errors"],
  ["confusion", "Confusion matrix"],
  ["distribution", "Distribution"],
  ["compare", "Compare"],
] as const;

type Tab = (typeof TABS)[number][0];

export default function ModelsPage({ project, rest, query }: PageProps) {
  const name = project.projectName;
  const models = useQuery({ queryKey: ["models", name], queryFn: () => listModels(name) });
  const newest = newestModel(models.data ?? []);
  const label = rest[0] ?? newest?.label;
  const model = models.data?.find((each) => each.label === label);
  const tab = TABS.find(([id]) => id === rest[1])?.[0] ?? "overview";
  return (
    <PageFrame title="Model performance" about="How well a model does on the test set, which it never saw.">
      {models.error !== null && <Failure error={models.error} retry={() => void models.refetch()} />}
      {models.data?.length === 0 && (
        <p className="empty">
          No model yet: <a href={hrefTo(["projects", name, "training"])}>train one</a>.
        </p>
      )}
      {models.data !== undefined && label !== undefined && model === undefined && <p>There is no model “{label}”.</p>}
      {model !== undefined && (
        <ModelView key={model.modelId} project={project} model={model} models={models.data ?? []} tab={tab} query={query} />
      )}
    </PageFrame>
  );
}

interface ModelViewProps {
  readonly project: Project;
  readonly model: Model;
  readonly models: readonly Model[];
  readonly tab: Tab;
  readonly query: URLSearchParams;
}

function ModelView({ project: whole, model, models, tab, query }: ModelViewProps) {
  const project = whole.projectName;
  const { label } = model;
  const queries = useQueryClient();
  const [isDeleting, setDeleting] = useState(false);
  const evaluation = useQuery({ queryKey: ["evaluation", project, model.modelId], queryFn: () => getEvaluation(project, label) });
  const open = (target: string, on: Tab) => navigate(hrefTo(["projects", project, "models", target, on]));
  return (
    <>
      <div className="model-head">
        <label>
          Model{" "}
          <select value={label} onChange={(event) => open(event.target.value, tab)}>
            {models.map((each) => (
              <option key={each.label}>{each.label}</option>
            ))}
          </select>
        </label>
        <span className="help">
          {model.modelTrainingConfigVersion}, trained {dateTime(model.lastTrainedDateTime)} in{" "}
          {duration(model.lastTrainingDurationInSeconds)}
        </span>
        <span className="spacer" />
        <button type="button" className="quiet" onClick={() => setDeleting(true)}>
          Delete model
        </button>
      </div>
      <Tabs tabs={TABS} current={tab} onSelect={(on) => open(label, on)}>
        {evaluation.error !== null ? (
          <Failure error={evaluation.error} retry={() => void evaluation.refetch()} />
        ) : evaluation.data === undefined ? (
          <Waiting what="evaluation" />
        ) : tab === "overview" ? (
          <Overview project={project} evaluation={evaluation.data} />
        ) : tab === "entities" ? (
          <EntityScores project={project} model={label} evaluation={evaluation.data} />
        ) : tab === "documents" ? (
          <Documents project={whole} model={model} query={query} />
        ) : tab === "errors" ? (
          <Errors project={whole} model={model} query={query} />
        ) : tab === "confusion" ? (
          <Confusion matrix={evaluation.data.confusionMatrix} />
        ) : tab === "distribution" ? (
          <Distribution distribution={evaluation.data.distribution} />
        ) : (
          <Compare project={project} model={label} models={models} />
        )}
      </Tabs>
      {isDeleting && (
        <ConfirmDialog
          title={`Delete model ${label}`}
          action="Delete model"
          typed={label}
          run={() => deleteModel(project, label)}
          onDone={() => {
            void queries.invalidateQueries({ queryKey: ["models", project] });
            navigate(hrefTo(["projects", project, "models"]));
          }}
          onClose={() => setDeleting(false)}
        >
          <p>The model and its evaluation are gone for good. A model that is deployed cannot be deleted.</p>
        </ConfirmDialog>
      )}
    </>
  );
}
