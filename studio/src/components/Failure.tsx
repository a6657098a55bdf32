import { ApiError, type Problem } from "../api/client";
import { OperationError } from "../api/operations";

interface FailureProps {
  readonly error: Error;
  readonly retry?: () => void;
}

const SHOWN = 20;

/** What went wrong, in the service's own words, with every detail that it gave. */
export function Failure({ error, retry }: FailureProps) {
  const details = detailsOf(error);
  const wasSignedOut = error instanceof ApiError && error.status === 401;
  return (
    <div className="failure" role="alert">
      <p>{wasSignedOut ? "Your sign-in has ended: this was not done. Sign in again and repeat it." : error.message}</p>
      {details.length > 1 && (
        <ul>
          {details.slice(0, SHOWN).map((detail, i) => (
            <li key={i}>
              {detail.target !== undefined && <code>{detail.target}</code>} {detail.message}
            </li>
          ))}
          {details.length > SHOWN && <li>… and {(details.length - SHOWN).toLocaleString()} more</li>}
        </ul>
      )}
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Where there is one alone, it is the message. */
function detailsOf(error: Error): readonly Problem[] {
  if (error instanceof ApiError) return error.problem.details ?? [];
  return error instanceof OperationError ? error.problems : [];
}
