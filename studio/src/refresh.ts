// What has to be asked anew after labels or suggestions changed: one list, so that no page forgets one of the others.
import type { QueryClient } from "@tanstack/react-query";

/** What shows labels or counts of them. */
const LABELS = ["documents", "entities", "statistics"] as const;
const SUGGESTIONS = [...LABELS, "suggestions", "suggested"] as const;

/** After labels of documents were changed here. */
export function refreshLabels(queries: QueryClient, project: string): Promise<void> {
  return refresh(queries, project, LABELS);
}

/** After suggestions were made, accepted or rejected, which changes labels and counts, too. */
export function refreshSuggestions(queries: QueryClient, project: string): Promise<void> {
  return refresh(queries, project, SUGGESTIONS);
}

async function refresh(queries: QueryClient, project: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => queries.invalidateQueries({ queryKey: [name, project] })));
}
