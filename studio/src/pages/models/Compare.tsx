import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { compareModels, type Difference, type Model } from "../../api/models";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Waiting";
import { percent } from "../../format";

interface CompareProps {
  readonly project: string;
  readonly model: string;
  readonly models: readonly Model[];
}

/** Two models on identical test documents, and whether the difference is more than luck. */
export function Compare({ project, model, models }: CompareProps) {
  const others = models.filter(({ label }) => label !== model);
  const [other, setOther] = useState(others[0]?.label);
  const comparison = useQuery({
    queryKey: ["comparison", project, model, other],
    queryFn: () => compareModels(project, model, other ?? ""),
    enabled: other !== undefined,
  });
  if (other === undefined) return <p className="empty">There is no other model to compare with yet.</p>;
  return (
    <>
      <label>
        A is {model}, B is{" "}
        <select value={other} onChange={(event) => setOther(event.target.value)}>
          {others.map(({ label }) => (
            <option key={label}>{label}</option>
          ))}
        </select>
      </label>
      {comparison.error !== null && <Failure error={comparison.error} />}
      {comparison.isLoading && <Waiting what="comparison" />}
      {comparison.data !== undefined && (
        <>
          <p className="verdict">{comparison.data.verdict}</p>
          <table className="grid">
            <caption>F1 on the same {comparison.data.documentsCount} documents</caption>
            <thead>
              <tr>
                <th scope="col">Over</th>
                <th scope="col">A: {model}</th>
                <th scope="col">B: {other}</th>
                <th scope="col">Difference</th>
                <th scope="col">95 % interval</th>
                <th scope="col">p</th>
              </tr>
            </thead>
            <tbody>
              <DifferenceRow title="all labels" difference={comparison.data.micro} />
              <DifferenceRow title="mean of entity types" difference={comparison.data.macro} />
              {Object.entries(comparison.data.entities).map(([category, difference]) => (
                <DifferenceRow key={category} title={category} difference={difference} />
              ))}
            </tbody>
          </table>
          <p className="help">
            p says how often two equally good models would differ this much by chance. Of twenty entity types that are
            equally good, one is expected below 0.05.
          </p>
        </>
      )}
    </>
  );
}

function DifferenceRow({ title, difference }: { readonly title: string; readonly difference: Difference }) {
  const { a, b, interval, pValue } = difference;
  return (
    <tr>
      <th scope="row">{title}</th>
      <td className="number">{percent(a)}</td>
      <td className="number">{percent(b)}</td>
      <td className="number">{points(difference.difference)}</td>
      <td className="number">
        {points(interval[0])} to {points(interval[1])}
      </td>
      <td className="number">{pValue < 0.001 ? "< 0.001" : pValue.toFixed(3)}</td>
    </tr>
  );
}

function points(share: number): string {
  return `${share > 0 ? "+" : ""}${(100 * share).toFixed(1)}`;
}
