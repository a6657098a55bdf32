import type { BySplit, Evaluation } from "../../api/models";

/** What is drawn of a bar, and what it is called. */
const SPLITS = [
  ["train", "Train"],
  ["held-out", "Held out"],
  ["test", "Test"],
] as const;

/** How much there was of each type to learn from and to measure on, when this model was made. */
export function Distribution({ distribution }: { readonly distribution: Evaluation["distribution"] }) {
  const rows = Object.entries(distribution);
  if (rows.length === 0) return <p className="empty">This model did not keep how its labels were spread. A new training does.</p>;
  const most = Math.max(1, ...rows.map(([, { labels }]) => sum(labels)));
  return (
    <div className="wide">
      <table className="grid distribution">
        <caption>
          What this model learnt from and was measured on. Held out: of the training set, kept aside to stop in time and to fit
          the confidences
        </caption>
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>
              Entity type
            </th>
            <th scope="colgroup" colSpan={3}>
              Labels
            </th>
            <th scope="col" rowSpan={2}>
              <span className="hidden">Labels as a bar</span>
            </th>
            <th scope="colgroup" colSpan={3}>
              Documents with any
            </th>
          </tr>
          <tr>
            {SPLITS.map(([part, title]) => (
              <th key={part} scope="col">
                <span className={`swatch ${part}`} aria-hidden="true" />
                {title}
              </th>
            ))}
            {SPLITS.map(([part, title]) => (
              <th key={part} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([category, { labels, documents }]) => (
            <tr key={category}>
              <th scope="row">{category}</th>
              <Numbers counts={labels} />
              <td className="bar">
                <Bar counts={labels} most={most} />
              </td>
              <Numbers counts={documents} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Numbers({ counts: { Train, HeldOut, Test } }: { readonly counts: BySplit }) {
  return (
    <>
      <td className="number">{Train}</td>
      <td className="number">{HeldOut}</td>
      <td className="number">{Test}</td>
    </>
  );
}

function Bar({ counts, most }: { readonly counts: BySplit; readonly most: number }) {
  const width = (n: number) => (100 * n) / most;
  const { Train, HeldOut, Test } = counts;
  return (
    <svg className="split-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect className="train" width={width(Train)} height="8" />
      <rect className="held-out" x={width(Train)} width={width(HeldOut)} height="8" />
      <rect className="test" x={width(Train + HeldOut)} width={width(Test)} height="8" />
    </svg>
  );
}

function sum({ Train, HeldOut, Test }: BySplit): number {
  return Train + HeldOut + Test;
}
