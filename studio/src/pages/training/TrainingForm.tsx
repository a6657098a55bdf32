import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { listModels } from "../../api/models";
import { listRecipes, startTraining } from "../../api/training";
import { Dialog } from "../../components/Dialog";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";

interface TrainingFormProps {
  readonly project: string;
  readonly onStarted: () => void;
  readonly onClose: () => void;
}

export function TrainingForm({ project, onStarted, onClose }: TrainingFormProps) {
  const models = useQuery({ queryKey: ["models", project], queryFn: () => listModels(project) });
  const recipes = useQuery({ queryKey: ["recipes"], queryFn: listRecipes, staleTime: Infinity });
  const [model, setModel] = useState("");
  const [recipe, setRecipe] = useState("default");
  const [isManual, setManual] = useState(false);
  const [share, setShare] = useState(80);
  const [seed, setSeed] = useState(0);
  const start = useMutation({
    mutationFn: () =>
      startTraining(project, {
        modelLabel: model,
        trainingConfigVersion: recipe,
        seed,
        evaluationOptions: isManual
          ? { kind: "manual" }
          : { kind: "percentage", trainingSplitPercentage: share, testingSplitPercentage: 100 - share },
      }),
    onSuccess: onStarted,
  });
  const replaces = models.data?.some(({ label }) => label === model) === true;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    start.mutate();
  };
  return (
    <Dialog title="Start a training job" onClose={onClose}>
      <form onSubmit={submit}>
        <Field
          title="Model name"
          help={
            replaces
              ? "This name gets the new model; deployments keep the older one until they are pointed at it."
              : "Letters, digits, “_”, “.” and “-”."
          }
        >
          <input
            required
            autoFocus
            pattern="[A-Za-z0-9_.\-]{1,50}"
            maxLength={50}
            list="model-names"
            value={model}
            onChange={(event) => setModel(event.target.value)}
          />
        </Field>
        <datalist id="model-names">
          {models.data?.map(({ label }) => (
            <option key={label} value={label} />
          ))}
        </datalist>
        <Field title="Recipe" help={recipes.data?.find(({ trainingConfigVersion }) => trainingConfigVersion === recipe)?.description ?? "\u00a0"}>
          <select value={recipe} onChange={(event) => setRecipe(event.target.value)}>
            {(recipes.data ?? [{ trainingConfigVersion: "default" }]).map(({ trainingConfigVersion }) => (
              <option key={trainingConfigVersion}>{trainingConfigVersion}</option>
            ))}
          </select>
        </Field>
        {recipes.error !== null && <Failure error={recipes.error} />}
        <fieldset className="choice">
          <legend>Test set</legend>
          <label>
            <input type="radio" name="split" checked={!isManual} onChange={() => setManual(false)} />
            drawn from all labelled documents
          </label>
          <label>
            <input type="radio" name="split" checked={isManual} onChange={() => setManual(true)} />
            the documents marked “Testing”
          </label>
        </fieldset>
        {!isManual && (
          <Field title={`Training ${share} %, testing ${100 - share} %`}>
            <input type="range" min={50} max={95} step={5} value={share} onChange={(event) => setShare(Number(event.target.value))} />
          </Field>
        )}
        <Field title="Seed" help="The same seed on the same labels draws the same test set.">
          <input
            type="number"
            min={0}
            max={2 ** 32 - 1}
            value={seed}
            onChange={(event) => setSeed(Math.max(0, Math.floor(Number(event.target.value))))}
          />
        </Field>
        {start.error !== null && <Failure error={start.error} />}
        <p className="buttons">
          <button type="submit" className="primary" disabled={start.isPending}>
            Train
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </p>
      </form>
    </Dialog>
  );
}
