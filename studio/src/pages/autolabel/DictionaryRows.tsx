import { Field } from "../../components/Field";

/** One entity type and what it is called, as it is typed. */
export interface DictionaryRow {
  readonly category: string;
  /** One string a line. */
  readonly lines: string;
}

export function textsOf({ lines }: DictionaryRow): string[] {
  return lines
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

interface DictionaryRowsProps {
  readonly categories: readonly string[];
  readonly rows: readonly DictionaryRow[];
  readonly onChange: (rows: readonly DictionaryRow[]) => void;
}

/** Lists of names, one for each entity type that has any. */
export function DictionaryRows({ categories, rows, onChange }: DictionaryRowsProps) {
  const change = (index: number, changes: Partial<DictionaryRow>) =>
    onChange(rows.map((row, i) => (i === index ? { ...row, ...changes } : row)));
  const unused = categories.find((category) => rows.every((row) => row.category !== category));
  return (
    <fieldset className="dictionary">
      <legend>Lists of names</legend>
      <p className="help">One name a line; found wherever it stands as whole words.</p>
      {rows.map((row, i) => (
        <div key={i} className="dictionary-row">
          <Field title="Entity type">
            <select value={row.category} onChange={(event) => change(i, { category: event.target.value })}>
              {categories.map((category) => (
                <option key={category}>{category}</option>
              ))}
            </select>
          </Field>
          <Field title={`Names of ${row.category}`}>
            <textarea rows={3} value={row.lines} onChange={(event) => change(i, { lines: event.target.value })} />
          </Field>
          <button
            type="button"
            className="quiet"
            aria-label={`Remove the list of ${row.category}`}
            onClick={() => onChange(rows.filter((_, other) => other !== i))}
          >
            Remove
          </button>
        </div>
      ))}
      <button
        type="button"
        disabled={categories.length === 0}
        onClick={() => onChange([...rows, { category: unused ?? categories[0] ?? "", lines: "" }])}
      >
        Add a list
      </button>
    </fieldset>
  );
}
