import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { quote } from "../../annotation/edits";
import { outcomesOf, startOf, type Outcome } from "../../annotation/outcomes";
import { getDocument } from "../../api/documents";
import { getDocumentResults, type DocumentResult } from "../../api/models";
import type { WireLabel } from "../../api/types";
import { huesOf } from "../../categories";
import { CategoryChip } from "../../components/CategoryChip";
import { Check } from "../../components/Check";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Waiting";
import { count } from "../../format";
import { hrefTo } from "../../routing";
import { SpanText, type Hues, type Tone, type TonedLabel } from "../../surface/SpanText";

interface DocumentsProps {
  readonly project: string;
  readonly model: string;
}

/** Labels against predictions, document by document; each error is a link to the place where it can be mended. */
export function Documents({ project, model }: DocumentsProps) {
  const results = useQuery({ queryKey: ["results", project, model], queryFn: () => getDocumentResults(project, model) });
  const [onlyErrors, setOnlyErrors] = useState(true);
  const [chosen, setChosen] = useState<string | null>(null);
  if (results.error !== null) return <Failure error={results.error} retry={() => void results.refetch()} />;
  if (results.data === undefined) return <Waiting what="documents" />;
  const rows = results.data
    .map((result) => ({ result, outcomes: outcomesOf(result.expected.map(toLabel), result.predicted.map(toLabel)) }))
    .map((row) => ({ ...row, errors: row.outcomes.filter(({ kind }) => kind !== "right").length }))
    .filter(({ errors }) => !onlyErrors || errors > 0)
    .sort((a, b) => b.errors - a.errors);
  const current = rows.find(({ result }) => result.location === chosen) ?? rows[0];
  return (
    <>
      <Check title="Mismatches only" checked={onlyErrors} onChange={setOnlyErrors} />
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
          <p className="empty">No mismatch: every label of the test set was found, and nothing else.</p>
        ) : (
          <Result key={current.result.location} project={project} result={current.result} outcomes={current.outcomes} onlyErrors={onlyErrors} />
        )}
      </div>
    </>
  );
}

interface ResultProps {
  readonly project: string;
  readonly result: DocumentResult;
  readonly outcomes: readonly Outcome[];
  readonly onlyErrors: boolean;
}

function Result({ project, result, outcomes, onlyErrors }: ResultProps) {
  const document = useQuery({
    queryKey: ["document", project, result.location],
    queryFn: () => getDocument(project, result.location),
  });
  const text = document.data?.text ?? "";
  const categories = [...new Set([...result.expected, ...result.predicted].map(({ category }) => category))].sort();
  const hues = huesOf(categories.map((category) => ({ category })));
  const shown = outcomes.filter(({ kind }) => !onlyErrors || kind !== "right");
  if (document.error !== null) return <Failure error={document.error} />;
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
