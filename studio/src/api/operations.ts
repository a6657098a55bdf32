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

/** Starts an operation and waits for its end.
 *
 * @throws OperationError where it fails or is cancelled, and whatever `request` throws.
 */
export async function runOperation<Result>(path: string, options: RequestOptions): Promise<JobState<Result>> {
  const { headers, value } = await request<unknown>(path, { method: "POST", ...options });
  const address = headers.get("operation-location");
  // What is small enough is answered at once.
  if (address === null) return value as JobState<Result>;
  for (;;) {
    const state = await get<JobState<Result>>(ownPath(address));
    if (state.status === "succeeded") return state;
    if (isFinal(state.status)) throw new OperationError(state.errors);
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}
