import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isFinal } from "../../api/operations";
import { cancelTraining, listTrainingJobs, type TrainingJob } from "../../api/training";
import { Failure } from "../../components/Failure";
import { PageFrame } from "../../components/Page";
import { dateTime, duration } from "../../format";
import { hrefTo } from "../../routing";
import type { PageProps } from "../pages";
import { TrainingForm } from "./TrainingForm";
import { TrainingLog } from "./TrainingLog";

const POLL = 1000;

export default function TrainingPage({ project }: PageProps) {
  const name = project.projectName;
  const queries = useQueryClient();
  const [isStarting, setStarting] = useState(false);
  const jobs = useQuery({
    queryKey: ["training", name],
    queryFn: () => listTrainingJobs(name),
    refetchInterval: ({ state }) => (state.data?.value.some(({ status }) => !isFinal(status)) === true ? POLL : false),
  });
  const rows = jobs.data?.value ?? [];
  const isRunning = rows.some(({ status }) => !isFinal(status));
  const refresh = () => queries.invalidateQueries({ queryKey: ["training", name] });
  return (
    <PageFrame
      title="Training jobs"
      about="A training freezes the labels as they are now and fine-tunes a model on them; the test set says how good it is."
      actions={
        <button type="button" className="primary" disabled={isRunning} onClick={() => setStarting(true)}>
          Start a training job
        </button>
      }
    >
      {jobs.error !== null && <Failure error={jobs.error} retry={() => void jobs.refetch()} />}
      {jobs.data !== undefined && rows.length === 0 && (
        <p className="empty">
          No training yet. Label at least ten documents on the <a href={hrefTo(["projects", name, "labeling"])}>labeling page</a> first;
          about fifty labels an entity type are a good start.
        </p>
      )}
      <ul className="cards">
        {rows.map((job) => (
          <li key={job.jobId}>
            <JobCard project={name} job={job} onChanged={() => void refresh()} />
          </li>
        ))}
      </ul>
      {isStarting && (
        <TrainingForm
          project={name}
          onClose={() => setStarting(false)}
          onStarted={() => {
            setStarting(false);
            void refresh();
          }}
        />
      )}
    </PageFrame>
  );
}

const PHASES: Readonly<Record<string, string>> = {
  queued: "Waiting for the trainer",
  loading: "Loading data and base model",
  training: "Fine-tuning",
  exporting: "Exporting to ONNX",
  quantising: "Quantising",
  evaluating: "Evaluating on the test set",
  saving: "Saving the model",
};

interface JobCardProps {
  readonly project: string;
  readonly job: TrainingJob;
  readonly onChanged: () => void;
}

function JobCard({ project, job, onChanged }: JobCardProps) {
  const { status, result, errors, createdDateTime, lastUpdatedDateTime } = job;
  const model = result?.modelLabel ?? "";
  const cancel = useMutation({ mutationFn: () => cancelTraining(project, job.jobId), onSettled: onChanged });
  const seconds = (Date.parse(lastUpdatedDateTime) - Date.parse(createdDateTime)) / 1000;
  return (
    <article className="card" aria-label={`Training of ${model}`}>
      <header>
        <h2>{model}</h2>
        <span className={`badge ${status}`}>{status}</span>
      </header>
      <p className="help">
        {result?.trainingConfigVersion}, started {dateTime(createdDateTime)}
        {isFinal(status) && `, took ${duration(seconds)}`}
      </p>
      {!isFinal(status) && result !== undefined && (
        <>
          <label className="progress">
            <span>
              {PHASES[result.phase] ?? result.phase}
              {result.secondsLeft !== undefined && `, about ${duration(result.secondsLeft)} left`}
            </span>
            <progress value={overall(result.trainingStatus.percentComplete, result.evaluationStatus.percentComplete)} max={100} />
          </label>
          <button type="button" disabled={status === "cancelling" || cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </button>
        </>
      )}
      {cancel.error !== null && <Failure error={cancel.error} />}
      {errors.map(({ message }, i) => (
        <p key={i} className="failure">
          {message}
        </p>
      ))}
      <TrainingLog project={project} jobId={job.jobId} isLive={!isFinal(status)} />
      {status === "succeeded" && <a className="below" href={hrefTo(["projects", project, "models", model])}>Model performance</a>}
    </article>
  );
}

/** While it trains, the service counts the whole run; after that, the evaluation alone, which is the last twentieth. */
function overall(training: number, evaluation: number): number {
  return training < 100 ? training : 95 + 0.05 * evaluation;
}
