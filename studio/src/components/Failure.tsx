import { ApiError } from "../api/client";

interface FailureProps {
  readonly error: Error;
  readonly retry?: () => void;
}

/** What went wrong, in the service's own words, with every detail that it gave. */
export function Failure({ error, retry }: FailureProps) {
  const details = error instanceof ApiError ? (error.problem.details ?? []) : [];
  const wasSignedOut = error instanceof ApiError && error.status === 401;
  return (
    <div className="failure" role="alert">
      <p>{wasSignedOut ? "Your sign-in has ended: this was not done. Sign in again and repeat it." : error.message}</p>
      {details.length > 1 && (
        <ul>
          {details.slice(0, 20).map((detail, i) => (
            <li key={i}>
              {detail.target !== undefined && <code>{detail.target}</code>} {detail.message}
            </li>
          ))}
          {details.length > 20 && <li>… and {details.length - 20} more</li>}
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
