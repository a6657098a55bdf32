import type { Report } from "../../api/transfer";

const SHOWN = 200;

/** What a file and the project do not have in common, one by one, with its place. */
export function Problems({ title, report }: { readonly title: string; readonly report: Report }) {
  const { problems, problemsCount } = report;
  if (problemsCount === 0) return null;
  return (
    <details className="banner">
      <summary>
        {title}: {problemsCount.toLocaleString()}
      </summary>
      <ul>
        {problems.slice(0, SHOWN).map(({ target, message }, i) => (
          <li key={i}>
            {target !== undefined && <code>{target}</code>} {message}
          </li>
        ))}
        {problemsCount > SHOWN && <li>… and {(problemsCount - SHOWN).toLocaleString()} more that are not shown</li>}
      </ul>
    </details>
  );
}
