import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { listModels, newestModel } from "../../api/models";
import { cancelOperation } from "../../api/operations";
import { autolabel, type AutolabelOptions, type AutolabelResult } from "../../api/suggestions";
import { Check } from "../../components/Check";
import { Dialog } from "../../components/Dialog";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";
import { count, percent } from "../../format";
import { DictionaryRows, textsOf, type DictionaryRow } from "./DictionaryRows";
import { DocumentChoice, type Scope } from "./DocumentChoice";

interface AutolabelFormProps {
  readonly project: string;
  readonly categories: readonly string[];
  readonly onDone: (result: AutolabelResult) => void;
  readonly onClose: () => void;
}

export function AutolabelForm({ project, categories, onDone, onClose }: AutolabelFormProps) {
  const models = useQuery({ queryKey: ["models", project], queryFn: () => listModels(project) });
  const [chosen, setChosen] = useState<string | null>(null);
  const model = chosen ?? newestModel(models.data ?? [])?.label ?? "";
  const [unwanted, setUnwanted] = useState<ReadonlySet<string>>(new Set());
  const [minConfidence, setMinConfidence] = useState(0);
  const [rows, setRows] = useState<readonly DictionaryRow[]>([]);
  const [ignoreCase, setIgnoreCase] = useState(false);
  const [scope, setScope] = useState<Scope>("unlabelled");
  const [locations, setLocations] = useState<readonly string[]>([]);
  const [running, setRunning] = useState<{ readonly path: string; readonly documents: number } | null>(null);
  const wanted = categories.filter((category) => !unwanted.has(category));
  const dictionary = rows
    .map((row) => ({ category: row.category, texts: textsOf(row), ignoreCase, wholeWords: true }))
    .filter(({ texts }) => texts.length > 0);
  const options: AutolabelOptions = {
    unlabelledOnly: scope === "unlabelled",
    minConfidence,
    dictionary,
    ...(model === "" ? {} : { trainedModelLabel: model, categories: wanted }),
    ...(scope === "chosen" ? { locations } : {}),
  };
  const run = useMutation({
    mutationFn: () => autolabel(project, options, ({ result }, path) => setRunning({ path, documents: result?.documentsCount ?? 0 })),
    onSuccess: onDone,
    onSettled: () => setRunning(null),
  });
  const cancel = useMutation({ mutationFn: cancelOperation });
  const hasSource = (model !== "" && wanted.length > 0) || dictionary.length > 0;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    run.mutate();
  };
  const toggle = (category: string, isWanted: boolean) =>
    setUnwanted(new Set(isWanted ? [...unwanted].filter((each) => each !== category) : [...unwanted, category]));
  const failure = run.error ?? cancel.error;
  return (
    <Dialog title="Suggest labels" onClose={onClose}>
      <form onSubmit={submit}>
        <Field title="Model">
          <select value={model} onChange={(event) => setChosen(event.target.value)}>
            <option value="">none</option>
            {models.data?.map(({ label }) => (
              <option key={label}>{label}</option>
            ))}
          </select>
        </Field>
        {model !== "" && (
          <>
            <fieldset className="choice">
              <legend>Its entity types</legend>
              {categories.map((category) => (
                <Check key={category} title={category} checked={!unwanted.has(category)} onChange={(on) => toggle(category, on)} />
              ))}
            </fieldset>
            <Field title={`Confidence of at least ${percent(minConfidence)}`}>
              <input
                type="range"
                min={0}
                max={0.99}
                step={0.01}
                value={minConfidence}
                onChange={(event) => setMinConfidence(Number(event.target.value))}
              />
            </Field>
          </>
        )}
        <DictionaryRows categories={categories} rows={rows} onChange={setRows} />
        {rows.length > 0 && <Check title="Upper and lower case are the same" checked={ignoreCase} onChange={setIgnoreCase} />}
        <DocumentChoice project={project} scope={scope} locations={locations} onScope={setScope} onLocations={setLocations} />
        {failure !== null && <Failure error={failure} />}
        {running !== null && (
          <label className="progress">
            <span>{count(running.documents, "document")} looked through</span>
            <progress />
          </label>
        )}
        <p className="buttons">
          <button type="submit" className="primary" disabled={run.isPending || !hasSource || (scope === "chosen" && locations.length === 0)}>
            {run.isPending ? "Looking…" : "Suggest"}
          </button>
          {running === null ? (
            <button type="button" onClick={onClose}>
              Close
            </button>
          ) : (
            <button type="button" disabled={cancel.isPending || cancel.isSuccess} onClick={() => cancel.mutate(running.path)}>
              Stop; what was suggested stays
            </button>
          )}
        </p>
      </form>
    </Dialog>
  );
}
