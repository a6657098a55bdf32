import type { Evaluation, Interval, Scores, Split, Threshold } from "../../api/models";
import { count, percent } from "../../format";
import { hrefTo } from "../../routing";
import { Guidance } from "./Guidance";

const SCHEMES: Readonly<Record<string, { readonly name: string; readonly about: string }>> = {
  strict: { name: "Strict", about: "span and entity type right" },
  exact: { name: "Exact", about: "span right, whatever the type" },
  partial: { name: "Partial", about: "a span that overlaps, for half a point" },
  ent_type: { name: "Type", about: "type right on a span that overlaps" },
};

const SPLITS: Readonly<Record<Split, string>> = {
  dev: "documents held out of training",
  test: "the test documents themselves",
};

export function Overview({ project, evaluation }: { readonly project: string; readonly evaluation: Evaluation }) {
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
        Measured on {documentsCount} documents. The bar is the 95 % interval: a test set of this size does not tell F1 more
        exactly than that.
      </p>
      <Guidance project={project} advice={evaluation.guidance} />
      {evaluation.schemes !== undefined && <Schemes schemes={evaluation.schemes} />}
      <Confidences evaluation={evaluation} />
      {evaluation.quantisation !== undefined && <Quantisation {...evaluation.quantisation} />}
    </>
  );
}

function Schemes({ schemes }: { readonly schemes: NonNullable<Evaluation["schemes"]> }) {
  return (
    <table className="grid narrow">
      <caption>How near the misses are: F1 under other rules, and what became of the labels</caption>
      <thead>
        <tr>
          {["Rule", "Asks for", "F1", "Right", "Wrong", "Partly", "Missed", "Spurious"].map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Object.entries(schemes).map(([scheme, scores]) => (
          <tr key={scheme}>
            <th scope="row">{SCHEMES[scheme]?.name ?? scheme}</th>
            <td>{SCHEMES[scheme]?.about}</td>
            <td className="number">{percent(scores.f1)}</td>
            <td className="number">{scores.correctCount}</td>
            <td className="number">{scores.incorrectCount}</td>
            <td className="number">{scores.partialCount}</td>
            <td className="number">{scores.missedCount}</td>
            <td className="number">{scores.spuriousCount}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Confidences({ evaluation: { expectedCalibrationError, calibration } }: { readonly evaluation: Evaluation }) {
  if (expectedCalibrationError === undefined) return null;
  return (
    <p>
      Confidences are off by {percent(expectedCalibrationError)} on average: of a hundred entities found with confidence 0.9,
      about ninety should be right.{" "}
      {calibration !== undefined &&
        (calibration.fittedOn === undefined
          ? "There were too few entities to fit them, so the recipe’s own value stands."
          : `They were fitted on ${count(calibration.entitiesCount, "found entity", "found entities")} of ${SPLITS[calibration.fittedOn]}.`)}
    </p>
  );
}

function Quantisation({ measuredOn, candidates }: NonNullable<Evaluation["quantisation"]>) {
  return (
    <table className="grid narrow">
      <caption>
        Which form of the model is served: the smallest that loses next to nothing, measured on the{" "}
        {measuredOn === "test" ? "test" : "training"} documents
      </caption>
      <thead>
        <tr>
          {["Form", "Size", "F1", "Served"].map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {candidates.map(({ scheme, sizeInBytes, f1, chosen }) => (
          <tr key={scheme}>
            <th scope="row">{scheme}</th>
            <td className="number">{(sizeInBytes / 1e6).toFixed(1)} MB</td>
            <td className="number">{percent(f1)}</td>
            <td>{chosen ? "yes" : "no"}</td>
          </tr>
        ))}
      </tbody>
    </table>
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

const ENTITY_COLUMNS = ["Entity type", "F1", "95 % interval", "", "Precision", "Recall", "Right", "Wrong", "Partly", "Missed", "Spurious", "Labels"];

export function EntityScores({ project, model, evaluation }: EntityScoresProps) {
  const rows = Object.entries(evaluation.entities).sort(([, a], [, b]) => a.f1 - b.f1);
  return (
    <>
      <div className="wide">
        <table className="grid">
          <caption>Weakest first. Wrong: another type; partly: another span that overlaps, or both</caption>
          <thead>
            <tr>
              {ENTITY_COLUMNS.map((title, i) => (
                <th key={i} scope="col">
                  {title === "" ? <span className="hidden">Interval as a bar</span> : title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([category, scores]) => (
              <ScoreRow
                key={category}
                href={hrefTo(["projects", project, "models", model, "documents"], { category })}
                category={category}
                scores={scores}
                kinds={evaluation.kinds?.[category] ?? {}}
              />
            ))}
          </tbody>
        </table>
      </div>
      {evaluation.thresholds !== undefined && (
        <Thresholds rows={rows} thresholds={evaluation.thresholds} fittedOn={evaluation.thresholdsFittedOn} />
      )}
    </>
  );
}

interface ScoreRowProps {
  readonly href: string;
  readonly category: string;
  readonly scores: Scores;
  readonly kinds: NonNullable<Evaluation["kinds"]>[string];
}

function ScoreRow({ href, category, scores, kinds }: ScoreRowProps) {
  const { f1, f1Interval, precision, recall, truePositiveCount, falseNegativeCount } = scores;
  return (
    <tr>
      <th scope="row">
        <a href={href}>{category}</a>
      </th>
      <td className="number">{percent(f1)}</td>
      <td className="number">{f1Interval === undefined ? "–" : `${percent(f1Interval[0])} to ${percent(f1Interval[1])}`}</td>
      <td className="bar">{f1Interval !== undefined && <IntervalBar value={f1} interval={f1Interval} />}</td>
      <td className="number">{percent(precision)}</td>
      <td className="number">{percent(recall)}</td>
      <td className="number">{truePositiveCount}</td>
      <td className="number">{kinds.incorrect ?? 0}</td>
      <td className="number">{(kinds.partial ?? 0) + (kinds.both ?? 0)}</td>
      <td className="number">{kinds.missed ?? 0}</td>
      <td className="number">{kinds.spurious ?? 0}</td>
      <td className="number">{truePositiveCount + falseNegativeCount}</td>
    </tr>
  );
}

interface ThresholdsProps {
  readonly rows: readonly (readonly [category: string, scores: Scores])[];
  readonly thresholds: Readonly<Record<string, Threshold>>;
  readonly fittedOn: Split | undefined;
}

/** Advice on dropping what the model is unsure of. */
function Thresholds({ rows, thresholds, fittedOn }: ThresholdsProps) {
  return (
    <table className="grid">
      <caption>
        Without entities below a confidence
        {fittedOn !== undefined && `; the confidences were chosen on ${SPLITS[fittedOn]}`}
      </caption>
      <thead>
        <tr>
          {["Entity type", "Drop below", "F1", "Precision", "Recall", "F1 of all"].map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([category, { f1 }]) => {
          const at = thresholds[category];
          if (at === undefined) return null;
          return (
            <tr key={category}>
              <th scope="row">{category}</th>
              <td className="number">{at.confidenceScore === 0 ? "keep all" : at.confidenceScore.toFixed(2)}</td>
              <td className="number">{percent(at.f1)}</td>
              <td className="number">{percent(at.precision)}</td>
              <td className="number">{percent(at.recall)}</td>
              <td className="number">{percent(f1)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
