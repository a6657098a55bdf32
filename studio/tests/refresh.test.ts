import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
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

afterEach(() => void vi.useRealTimers());

test("however often labels are saved, counting takes a twentieth of the time, and the last count is of the end", async () => {
  vi.useFakeTimers();
  const queries = new QueryClient();
  let [counted, labels] = [0, 0];
  const count = async () => {
    counted++;
    const found = labels;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return found;
  };
  const observer = new QueryObserver(queries, { queryKey: ["statistics", "News"], queryFn: count });
  const unsubscribe = observer.subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(1000);
  for (labels = 1; labels <= 20; labels++) {
    void refreshLabels(queries, "News");
    await vi.advanceTimersByTimeAsync(3000);
  }
  expect(counted).toBeLessThanOrEqual(5);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(observer.getCurrentResult().data).toBe(21);
  unsubscribe();
});
