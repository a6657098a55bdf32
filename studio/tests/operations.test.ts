import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cancelOperation, OperationError, runOperation } from "../src/api/operations";

const JOB = "https://elsewhere.example/language/jobs/1?api-version=2023-04-01";
let asked: string[] = [];

function answers(...states: readonly { readonly status: string; readonly result?: unknown; readonly errors?: unknown }[]) {
  const left = [...states];
  vi.stubGlobal("fetch", (url: URL, { method }: RequestInit) => {
    asked.push(`${method} ${url.pathname}${url.search}`);
    if (method === "POST") return Promise.resolve(new Response(null, { status: 202, headers: { "operation-location": JOB } }));
    return Promise.resolve(Response.json(left.shift()));
  });
}

beforeEach(() => {
  asked = [];
  vi.stubGlobal("window", { location: { origin: "http://here.example" } });
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 500 });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("who watches is told of every state but the last, and where to ask", async () => {
  answers({ status: "running", result: 1 }, { status: "running", result: 2 }, { status: "succeeded", result: 3 });
  const seen: unknown[] = [];
  const state = await runOperation("/start", {}, ({ result }, path) => seen.push([result, path]));
  expect(state.result).toBe(3);
  const path = "/language/jobs/1?api-version=2023-04-01";
  expect(seen).toEqual([
    [1, path],
    [2, path],
  ]);
});

test("a cancelled operation is an error that says so", async () => {
  answers({ status: "cancelled", errors: [] });
  const error = await runOperation("/start", {}).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OperationError);
  expect((error as OperationError).message).toBe("It was cancelled.");
});

test("cancelling keeps the version of the address", async () => {
  answers();
  await cancelOperation("/language/jobs/1?api-version=2023-04-01");
  expect(asked).toEqual(["POST /language/jobs/1/:cancel?api-version=2023-04-01"]);
});
