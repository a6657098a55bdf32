import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { quote } from "../../annotation/edits";
import { outcomesOf, startOf, type Outcome } from "../../annotation/outcomes";
import { getDocument } from "../../api/documents";
import { getDocumentResults, type DocumentResult, type Model } from "../../api/models";
import type { Project, WireLabel } from "../../api/types";
import { CategoryChip } from "../../components/CategoryChip";
import { Check } from "../../components/Check";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Waiting";
import { count } from "../../format";
import { hrefTo, navigate } from "../../routing";
import { SpanText, type Hues, type Tone, type TonedLabel } from "../../surface/SpanText";
import { useEntities } from "../../use-entities";
import { CategorySelect } from "./CategorySelect";

interface DocumentsProps {
  readonly project: Project;
  readonly model: Model;
  /** `category`: only documents that have it, labelled or predicted. */
  readonly query: URLSearchParams;
}

/** Labels against predictions, document by document; each error is a link to the place where it can be mended. */
export function Documents({ project, model, query }: DocumentsProps) {
  const name = project.projectName;
  const category = query.get("category") ?? "";
  const { hues } = useEntities(project);
  const results = useQuery({ queryKey: ["results", name, model.modelId], queryFn: () => getDocumentResults(name, model.label) });
  const [onlyErrors, setOnlyErrors] = useState(true);
  const [chosen, setChosen] = useState<string | null>(null);
  if (results.error !== null) return <Failure error={results.error} retry={() => void results.refetch()} />;
  if (results.data === undefined) return <Waiting what="documents" />;
  const rows = results.data
    .map((result) => ({ result, outcomes: outcomesOf(result.expected.map(toLabel), result.predicted.map(toLabel)) }))
    .map(({ result, outcomes }) => ({ result, outcomes: outcomes.filter((outcome) => category === "" || isAbout(outcome, category)) }))
    .filter(({ outcomes }) => category === "" || outcomes.length > 0)
    .map((row) => ({ ...row, errors: row.outcomes.filter(({ kind }) => kind !== "right").length }))
    .filter(({ errors }) => !onlyErrors || errors > 0)
    .sort((a, b) => b.errors - a.errors);
  const current = rows.find(({ result }) => result.location === chosen) ?? rows[0];
  return (
    <>
      <div className="filters">
        <CategorySelect
          categories={project.categories.map((each) => each.category)}
          value={category}
          onSelect={(chosen) => navigate(hrefTo(["projects", name, "models", model.label, "documents"], chosen === "" ? {} : { category: chosen }), { replace: true })}
        />
        <Check title="Mismatches only" checked={onlyErrors} onChange={setOnlyErrors} />
      </div>
      <div className="two-panes">
        <ul className="pick-list">
          {rows.map(({ result, errors }) => (
            <li key={result.location}>
              <button type="button" aria-pressed={result === current?.result} onClick={() => setChosen(result.location)}>
                <span className="location">{result.location}</span>
                <span className="help">{errors === 0 ? "all right" : count(errors, "error")}</span>
              </button>
            </li>
          ))}
        </ul>
        {current === undefined ? (
          <p className="empty">
            {category === ""
              ? "No mismatch: every label of the test set was found, and nothing else."
              : `No ${onlyErrors ? "mismatch" : "label or prediction"} of ${category} in the test documents.`}
          </p>
        ) : (
          <Result
            key={current.result.location}
            project={name}
            model={model.label}
            hues={hues}
            result={current.result}
            outcomes={current.outcomes}
            onlyErrors={onlyErrors}
          />
        )}
      </div>
    </>
  );
}

interface ResultProps {
  readonly project: string;
  readonly model: string;
  readonly hues: Hues;
  readonly result: DocumentResult;
  readonly outcomes: readonly Outcome[];
  readonly onlyErrors: boolean;
}

function Result({ project, model, hues, result, outcomes, onlyErrors }: ResultProps) {
  const document = useQuery({
    queryKey: ["document", project, result.location],
    queryFn: () => getDocument(project, result.location),
  });
  const text = document.data?.text ?? "";
  const shown = outcomes.filter(({ kind }) => !onlyErrors || kind !== "right");
  if (document.error !== null) return <Failure error={document.error} />;
  if (document.data === undefined) return <Waiting what="document" />;
  if (document.data.contentHash !== result.contentHash) {
    return (
      <section aria-label={result.location}>
        <p className="banner">
          The text of {result.location} changed since this model was measured on it, so that the model’s places do not fit it
          any more. <a href={hrefTo(["projects", project, "models", model, "errors"], { location: result.location })}>The errors</a>{" "}
          are kept with the text around them; a new training measures the new text.
        </p>
      </section>
    );
  }
  return (
    <section aria-label={result.location}>
      <div className="side-by-side">
        <div>
          <h2>Labels</h2>
          <SpanText text={text} hues={hues} labels={painted(outcomes, "expected")} />
        </div>
        <div>
          <h2>Predictions</h2>
          <SpanText text={text} hues={hues} labels={painted(outcomes, "predicted")} />
        </div>
      </div>
      <table className="grid">
        <thead>
          <tr>
            <th scope="col">Labelled</th>
            <th scope="col">Predicted</th>
            <th scope="col">
              <span className="hidden">Open</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((outcome, i) => (
            <OutcomeRow key={i} project={project} location={result.location} text={text} hues={hues} outcome={outcome} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface OutcomeRowProps {
  readonly project: string;
  readonly location: string;
  readonly text: string;
  readonly hues: Hues;
  readonly outcome: Outcome;
}

function OutcomeRow({ project, location, text, hues, outcome }: OutcomeRowProps) {
  const { expected, predicted } = sidesOf(outcome);
  const place = expected ?? predicted;
  return (
    <tr>
      <td>{expected === undefined ? "nothing" : <Side text={text} label={expected} hues={hues} />}</td>
      <td>{predicted === undefined ? "nothing" : <Side text={text} label={predicted} hues={hues} />}</td>
      <td>
        {place !== undefined && outcome.kind !== "right" && (
          <a href={hrefTo(["projects", project, "labeling", location], { at: `${place.start}-${place.end}` })}>Open at {startOf(outcome)}</a>
        )}
      </td>
    </tr>
  );
}

function Side({ text, label, hues }: { text: string; label: TonedLabel; hues: Hues }) {
  return (
    <>
      “{quote(text, label)}” <CategoryChip category={label.category} hues={hues} />
    </>
  );
}

function sidesOf(outcome: Outcome) {
  return {
    expected: outcome.kind === "spurious" ? undefined : outcome.expected,
    predicted: outcome.kind === "missed" ? undefined : outcome.predicted,
  };
}

function isAbout(outcome: Outcome, category: string): boolean {
  const { expected, predicted } = sidesOf(outcome);
  return expected?.category === category || predicted?.category === category;
}

const TONES: Readonly<Record<Outcome["kind"], Tone>> = { right: "label", wrong: "wrong", missed: "missed", spurious: "spurious" };

function painted(outcomes: readonly Outcome[], side: "expected" | "predicted"): TonedLabel[] {
  return outcomes
    .flatMap((outcome) => {
      const label = sidesOf(outcome)[side];
      return label === undefined ? [] : [{ ...label, tone: TONES[outcome.kind] }];
    })
    .sort((a, b) => a.start - b.start);
}

function toLabel({ category, offset, length }: WireLabel): TonedLabel {
  return { start: offset, end: offset + length, category };
}
