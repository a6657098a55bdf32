import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { listModels } from "../../api/models";
import { autolabel, type AutolabelResult } from "../../api/suggestions";
import { Check } from "../../components/Check";
import { Dialog } from "../../components/Dialog";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";

interface AutolabelFormProps {
  readonly project: string;
  readonly categories: readonly string[];
  readonly onDone: (result: AutolabelResult) => void;
  readonly onClose: () => void;
}

export function AutolabelForm({ project, categories, onDone, onClose }: AutolabelFormProps) {
  const models = useQuery({ queryKey: ["models", project], queryFn: () => listModels(project) });
  const [model, setModel] = useState("");
  const [category, setCategory] = useState(categories[0] ?? "");
  const [names, setNames] = useState("");
  const [ignoreCase, setIgnoreCase] = useState(false);
  const [unlabelledOnly, setUnlabelledOnly] = useState(true);
  const texts = names.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const run = useMutation({
    mutationFn: () =>
      autolabel(project, {
        unlabelledOnly,
        minConfidence: 0,
        ...(model === "" ? {} : { trainedModelLabel: model }),
        ...(texts.length === 0 ? {} : { dictionary: [{ category, texts, ignoreCase, wholeWords: true }] }),
      }),
    onSuccess: onDone,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    run.mutate();
  };
  return (
    <Dialog title="Suggest labels" onClose={onClose}>
      <form onSubmit={submit}>
        <Field title="Model">
          <select value={model} onChange={(event) => setModel(event.target.value)}>
            <option value="">none</option>
            {models.data?.map(({ label }) => (
              <option key={label}>{label}</option>
            ))}
          </select>
        </Field>
        <Field title="Names of one entity type" help="One a line; found wherever they stand as whole words.">
          <textarea rows={5} value={names} onChange={(event) => setNames(event.target.value)} />
        </Field>
        <Field title="They are of type">
          <select value={category} onChange={(event) => setCategory(event.target.value)}>
            {categories.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </Field>
        <Check title="Upper and lower case are the same" checked={ignoreCase} onChange={setIgnoreCase} />
        <Check title="Unlabelled documents only" checked={unlabelledOnly} onChange={setUnlabelledOnly} />
        {run.error !== null && <Failure error={run.error} />}
        <p className="buttons">
          <button type="submit" className="primary" disabled={run.isPending || (model === "" && texts.length === 0)}>
            {run.isPending ? "Looking…" : "Suggest"}
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </p>
      </form>
    </Dialog>
  );
}
