// What has to be asked anew after labels or suggestions changed: one list, so that no page forgets one of the others.
import type { QueryClient } from "@tanstack/react-query";

const COUNTS = ["entities", "statistics"] as const;
const SUGGESTIONS = ["suggestions", "suggested"] as const;

/** After labels of documents were changed here. */
export function refreshLabels(queries: QueryClient, project: string): Promise<void> {
  recount(queries, project);
  return refresh(queries, project, ["documents"]);
}

/** After suggestions were made, accepted or rejected, which changes labels and counts, too. */
export async function refreshSuggestions(queries: QueryClient, project: string): Promise<void> {
  await Promise.all([refreshLabels(queries, project), refresh(queries, project, SUGGESTIONS)]);
}

/** The longest time between two counts, in milliseconds. */
const LONGEST_PAUSE = 60_000;
/** A pause is so many times as long as the count before it took. */
const PAUSE = 20;
const counting = new WeakMap<QueryClient, Map<string, { isWanted: boolean }>>();

/**
 * Counts anew, at once where nobody counts. Counting reads the whole project, and labels are saved every few seconds:
 * with 100,000 documents the service would do little else, so that there is a pause in proportion after each count.
 */
function recount(queries: QueryClient, project: string): void {
  const projects = counting.get(queries) ?? new Map<string, { isWanted: boolean }>();
  counting.set(queries, projects);
  const running = projects.get(project);
  if (running !== undefined) {
    running.isWanted = true;
    return;
  }
  const state = { isWanted: false };
  projects.set(project, state);
  const started = performance.now();
  void refresh(queries, project, COUNTS).finally(() => {
    const pause = Math.min(LONGEST_PAUSE, PAUSE * (performance.now() - started));
    setTimeout(() => {
      projects.delete(project);
      if (state.isWanted) recount(queries, project);
    }, pause);
  });
}

async function refresh(queries: QueryClient, project: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => queries.invalidateQueries({ queryKey: [name, project] })));
}
