import { duration } from "../../format";
import { Failure } from "../../components/Failure";
import type { Asked } from "./use-question";

interface AskingProps {
  readonly asked: Asked;
  readonly action: string;
  readonly about: string;
}

const PHASES: Readonly<Record<string, string>> = {
  loading: "Loading data and base model",
  training: "Training the models that judge",
  evaluating: "Judging",
};

/** The button that asks, and how far the answer is. */
export function Asking({ asked, action, about }: AskingProps) {
  const { isRunning, state, error } = asked;
  const { phase, percent, secondsLeft } = state?.result ?? {};
  return (
    <section className="asking" aria-label={action}>
      <p className="help">{about}</p>
      <button type="button" className="primary" disabled={isRunning} onClick={asked.ask}>
        {action}
      </button>
      {isRunning && (
        <>
          <label className="progress">
            <span>
              {PHASES[phase ?? ""] ?? phase ?? "Waiting for the trainer"}
              {secondsLeft != null && `, about ${duration(secondsLeft)} left`}
            </span>
            <progress value={percent ?? 0} max={100} />
          </label>
          <button type="button" disabled={state === undefined || state.status === "cancelling"} onClick={asked.cancel}>
            Cancel
          </button>
        </>
      )}
      {state?.status === "cancelled" && <p role="status">Cancelled; the answer before it stays.</p>}
      {state?.errors.map(({ message }, i) => (
        <p key={i} className="failure">
          {message}
        </p>
      ))}
      {error !== null && <Failure error={error} />}
    </section>
  );
}
