import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { refreshLabels, refreshSuggestions } from "../src/refresh";

const KEYS = [
  ["documents", "News", { show: "all" }],
  ["entities", "News"],
  ["statistics", "News"],
  ["suggestions", "News", "a.txt"],
  ["suggested", "News"],
  ["open", "News", "a.txt"],
  ["suggestions", "Other", "a.txt"],
];

async function staleAfter(refresh: typeof refreshLabels): Promise<readonly unknown[]> {
  const queries = new QueryClient();
  for (const key of KEYS) queries.setQueryData(key, []);
  await refresh(queries, "News");
  return KEYS.filter((key) => queries.getQueryState(key)?.isInvalidated === true);
}

test("changed labels make lists and counts of the project stale", async () => {
  expect(await staleAfter(refreshLabels)).toEqual(KEYS.slice(0, 3));
});

test("changed suggestions make those of every document stale, too, but never an open document", async () => {
  expect(await staleAfter(refreshSuggestions)).toEqual(KEYS.slice(0, 5));
});
