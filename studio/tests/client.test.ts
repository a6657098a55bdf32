// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ApiError, get, getText, projectPath, request, UnreachableError } from "../src/api/client";
import { OperationError, runOperation } from "../src/api/operations";
import { isSignInRefused, signInUrl, signInWithKey, subscribeToRefusal } from "../src/api/session";

const answers: (Response | Error)[] = [];
const asked: { url: URL; init: RequestInit }[] = [];

beforeEach(() => {
  answers.length = asked.length = 0;
  sessionStorage.clear();
  vi.stubGlobal("fetch", (url: URL, init: RequestInit) => {
    asked.push({ url, init });
    const answer = answers.shift();
    return answer instanceof Response ? Promise.resolve(answer) : Promise.reject(answer ?? new TypeError("Failed to fetch"));
  });
});
afterEach(() => void vi.unstubAllGlobals());

const json = (body: unknown, init: ResponseInit = {}) => new Response(JSON.stringify(body), init);

describe("request", () => {
  test("carries key, version and precondition", async () => {
    signInWithKey("secret");
    answers.push(json({}));
    await request("/x", { method: "PATCH", body: { a: 1 }, ifMatch: 'W/"1"', query: { a: true, b: undefined, c: "" } });
    const { url, init } = asked[0]!;
    const headers = new Headers(init.headers);
    expect(url.search).toBe("?api-version=2023-04-01&a=true");
    expect(headers.get("Ocp-Apim-Subscription-Key")).toBe("secret");
    expect(headers.get("If-Match")).toBe('W/"1"');
    expect(init.body).toBe('{"a":1}');
  });

  test("the key is in no address", async () => {
    signInWithKey("secret");
    answers.push(json({}));
    await get("/x");
    expect(asked[0]!.url.href).not.toContain("secret");
  });

  test("a refusal is an error with the service's words", async () => {
    answers.push(json({ error: { code: "Conflict", message: "No." }, current: { labels: [] } }, { status: 412 }));
    await expect(get("/x")).rejects.toMatchObject({ status: 412, message: "No.", body: { current: { labels: [] } } });
  });

  test("a proxy's page of HTML is an error with its status", async () => {
    answers.push(new Response("<html>", { status: 502, statusText: "Bad Gateway" }));
    await expect(get("/x")).rejects.toThrow(ApiError);
  });

  test("no answer is something else than a refusal", async () => {
    await expect(get("/x")).rejects.toThrow(UnreachableError);
  });

  test("a sign-in that ended is said once, until the next one", async () => {
    const told = vi.fn();
    const unsubscribe = subscribeToRefusal(told);
    answers.push(json({}, { status: 401 }), json({}, { status: 401 }), json({}, { status: 403 }));
    for (let i = 0; i < 2; i++) await expect(get("/x")).rejects.toThrow(ApiError);
    expect(isSignInRefused()).toBe(true);
    expect(told).toHaveBeenCalledTimes(1);
    signInWithKey("another");
    expect(isSignInRefused()).toBe(false);
    // Somebody who is known and may not do this.
    await expect(get("/x")).rejects.toThrow(ApiError);
    expect(isSignInRefused()).toBe(false);
    unsubscribe();
  });

  test("a file of one line of JSON stays as it came", async () => {
    answers.push(new Response('{"a": 1}\n'));
    expect(await getText("/x")).toBe('{"a": 1}\n');
  });
});

test("signing in with the account leads back to the page one was on", () => {
  const hash = "#/projects/News/labeling/a%2Fb.txt?at=3-9";
  const target = new URL(signInUrl(hash), "https://studio").searchParams.get("post_login_redirect_uri");
  expect(target).toBe(`/studio/${hash}`);
});

test("a location keeps its slashes and nothing else that means something", () => {
  expect(projectPath("News", "labels", "a b/c?d#e%.txt")).toBe(
    "/language/authoring/analyze-text/projects/News/labels/a%20b/c%3Fd%23e%25.txt",
  );
});

describe("runOperation", () => {
  const accepted = () => new Response(null, { status: 202, headers: { "operation-location": "https://proxy/jobs/1?api-version=1" } });

  test("waits for the end, at this site's own address", async () => {
    vi.useFakeTimers();
    answers.push(accepted(), json({ status: "running" }), json({ status: "succeeded", result: 3 }));
    const running = runOperation("/x", {});
    await vi.runAllTimersAsync();
    expect(await running).toMatchObject({ result: 3 });
    expect(asked.at(-1)!.url.href).toBe(`${location.origin}/jobs/1?api-version=1`);
    vi.useRealTimers();
  });

  test("a failure is an error with all problems", async () => {
    const errors = [{ code: "A", message: "First." }, { code: "B", message: "Second." }];
    answers.push(accepted(), json({ status: "failed", errors }));
    await expect(runOperation("/x", {})).rejects.toMatchObject({ message: "First.", problems: errors } satisfies Partial<OperationError>);
  });
});
