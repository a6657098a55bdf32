import { useState, type CSSProperties } from "react";
import type { ConfusionMatrix } from "../../api/models";
import { Check } from "../../components/Check";
import { percent } from "../../format";

/** Rows and columns of what was labelled but not found, and found but not labelled. */
const NONE = "$none";

export function Confusion({ matrix }: { readonly matrix: ConfusionMatrix }) {
  const [isNormalised, setNormalised] = useState(false);
  const [onlyErrors, setOnlyErrors] = useState(false);
  const rows = Object.keys(matrix);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(matrix[row] ?? {})))];
  return (
    <>
      <Check title="Share of the row instead of counts" checked={isNormalised} onChange={setNormalised} />
      <Check title="Errors only" checked={onlyErrors} onChange={setOnlyErrors} />
      <div className="wide">
        <table className="confusion">
          <caption>Rows: what was labelled. Columns: what the model said there; a label found in part counts in part.</caption>
          <thead>
            <tr>
              <td />
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column === NONE ? "nothing" : column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row}>
                <th scope="row">{row === NONE ? "not labelled" : row}</th>
                {columns.map((column) => {
                  const cell = matrix[row]?.[column];
                  const isHidden = cell === undefined || cell.rawValue === 0 || (onlyErrors && row === column);
                  return (
                    <td key={column} className={row === column ? "right" : "wrong"}>
                      {!isHidden && (
                        <span style={{ "--share": cell.normalizedValue / 100 } as CSSProperties}>
                          {isNormalised ? percent(cell.normalizedValue / 100) : Math.round(10 * cell.rawValue) / 10}
                        </span>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
