// Long-running operations: a 202 names an address, which is asked until the work has ended.
import { get, request, type Problem, type RequestOptions } from "./client";

export type JobStatus = "notStarted" | "running" | "succeeded" | "failed" | "cancelled" | "cancelling";

export interface JobState<Result = unknown> {
  readonly jobId: string;
  readonly status: JobStatus;
  readonly createdDateTime: string;
  readonly lastUpdatedDateTime: string;
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly resultUrl?: string;
  readonly result?: Result;
}

/** The work was done and came to no good end. */
export class OperationError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems[0]?.message ?? "The operation did not succeed.");
    this.name = "OperationError";
  }
}

const POLL = 500;

export function isFinal(status: JobStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled";
}

/** Path and query of an absolute address that the service gave: behind a proxy its host may be another than ours. */
export function ownPath(address: string): string {
  const { pathname, search } = new URL(address);
  return pathname + search;
}

/** Tells how far it is; `path` is what is asked for the state. */
export type Watcher<Result> = (state: JobState<Result>, path: string) => void;

/** Starts an operation and waits for its end.
 *
 * @throws OperationError where it fails or is cancelled, and whatever `request` throws.
 */
export async function runOperation<Result>(
  path: string,
  options: RequestOptions,
  watch: Watcher<Result> = () => undefined,
): Promise<JobState<Result>> {
  const { headers, value } = await request<unknown>(path, { method: "POST", ...options });
  const address = headers.get("operation-location");
  // What is small enough is answered at once.
  if (address === null) return value as JobState<Result>;
  for (;;) {
    const asked = ownPath(address);
    const state = await get<JobState<Result>>(asked);
    if (state.status === "succeeded") return state;
    if (state.status === "cancelled") throw new OperationError([{ code: "Cancelled", message: "It was cancelled." }]);
    if (isFinal(state.status)) throw new OperationError(state.errors);
    watch(state, asked);
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

/** Asks a running job to stop, by the path that is asked for its state. */
export async function cancelOperation(path: string): Promise<void> {
  const [address = "", query] = path.split("?", 2);
  await request(`${address}/:cancel${query === undefined ? "" : `?${query}`}`, { method: "POST" });
}
