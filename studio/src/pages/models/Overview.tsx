import type { Evaluation, Interval, Scores } from "../../api/models";
import { percent } from "../../format";
import { hrefTo } from "../../routing";

const SCHEMES: Readonly<Record<string, string>> = {
  strict: "span and entity type right",
  exact: "span right, whatever the type",
  partial: "half a point for a span that overlaps",
  ent_type: "type right on a span that overlaps",
  entType: "type right on a span that overlaps",
};

export function Overview({ evaluation }: { readonly evaluation: Evaluation }) {
  const { microF1, microF1Interval, microPrecision, microRecall, macroF1, macroF1Interval, documentsCount } = evaluation;
  return (
    <>
      <div className="figures">
        <Figure title="F1 over all labels" value={microF1} interval={microF1Interval} />
        <Figure title="F1, mean of entity types" value={macroF1} interval={macroF1Interval} />
        <Figure title="Precision" value={microPrecision} />
        <Figure title="Recall" value={microRecall} />
      </div>
      <p className="help">
        Measured on {documentsCount} documents. The bar is the 95 % interval: another test set of this size would put F1
        somewhere in it.
      </p>
      {evaluation.schemes !== undefined && (
        <table className="grid narrow">
          <caption>How near the misses are: F1 under other rules</caption>
          <tbody>
            {Object.entries(evaluation.schemes).map(([scheme, { f1 }]) => (
              <tr key={scheme}>
                <th scope="row">{scheme}</th>
                <td>{SCHEMES[scheme]}</td>
                <td className="number">{percent(f1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {evaluation.expectedCalibrationError !== undefined && (
        <p>
          Confidences are off by {percent(evaluation.expectedCalibrationError)} on average: of a hundred entities found with
          confidence 0.9, about ninety should be right.
        </p>
      )}
    </>
  );
}

function Figure({ title, value, interval }: { title: string; value: number; interval?: Interval | undefined }) {
  return (
    <div className="figure">
      <span className="help">{title}</span>
      <strong>{percent(value)}</strong>
      {interval !== undefined && (
        <>
          <IntervalBar value={value} interval={interval} />
          <span className="help">
            {percent(interval[0])} to {percent(interval[1])}
          </span>
        </>
      )}
    </div>
  );
}

/** Where in 0 to 100 % the interval lies, with the value as a dot. */
export function IntervalBar({ value, interval: [low, high] }: { readonly value: number; readonly interval: Interval }) {
  return (
    <svg className="interval" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect className="range" x="0" y="2.500" width="100" height="1" />
      <rect className="sure" x={100 * low} y="1.500" width={Math.max(0.5, 100 * (high - low))} height="3" />
      <rect className="value" x={100 * value - 0.4} y="0" width="0.800" height="6" />
    </svg>
  );
}

interface EntityScoresProps {
  readonly project: string;
  readonly model: string;
  readonly evaluation: Evaluation;
}

export function EntityScores({ project, model, evaluation }: EntityScoresProps) {
  const rows = Object.entries(evaluation.entities).sort(([, a], [, b]) => a.f1 - b.f1);
  return (
    <table className="grid">
      <caption>Weakest first</caption>
      <thead>
        <tr>
          {["Entity type", "F1", "95 % interval", "", "Precision", "Recall", "Right", "Spurious", "Missed", "Labels"].map((title, i) => (
            <th key={i} scope="col">
              {title === "" ? <span className="hidden">Interval as a bar</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([category, scores]) => (
          <ScoreRow key={category} project={project} model={model} category={category} scores={scores} />
        ))}
      </tbody>
    </table>
  );
}

function ScoreRow({ project, model, category, scores }: { project: string; model: string; category: string; scores: Scores }) {
  const { f1, f1Interval, precision, recall, truePositiveCount, falsePositiveCount, falseNegativeCount } = scores;
  return (
    <tr>
      <th scope="row">
        <a href={hrefTo(["projects", project, "models", model, "documents"], { category })}>{category}</a>
      </th>
      <td className="number">{percent(f1)}</td>
      <td className="number">{f1Interval === undefined ? "–" : `${percent(f1Interval[0])} to ${percent(f1Interval[1])}`}</td>
      <td className="bar">{f1Interval !== undefined && <IntervalBar value={f1} interval={f1Interval} />}</td>
      <td className="number">{percent(precision)}</td>
      <td className="number">{percent(recall)}</td>
      <td className="number">{truePositiveCount}</td>
      <td className="number">{falsePositiveCount}</td>
      <td className="number">{falseNegativeCount}</td>
      <td className="number">{truePositiveCount + falseNegativeCount}</td>
    </tr>
  );
}
