// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { exportFile, FORMATS, importFile } from "../src/api/transfer";

const asked: URL[] = [];
const PROBLEM = { code: "NotInText", message: "Left out." };

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal("fetch", (url: URL) => {
    asked.push(url);
    if (url.pathname.endsWith("/result")) return Promise.resolve(new Response("Tesla B-STOCK"));
    const result = { labelsCount: 1, documentsCount: 1, uploadedCount: 0, newCategories: [], reportCount: 2500 };
    const state = { status: "succeeded", result, warnings: [PROBLEM], errors: [], resultUrl: "https://proxy/jobs/1/result" };
    return Promise.resolve(new Response(JSON.stringify(state)));
  });
});
afterEach(() => void vi.unstubAllGlobals());

test("a report says of how many it is, though only the first are kept", async () => {
  const file = new File(["x"], "labels.conll");
  const read = await importFile("News", file, { format: "conll", scheme: "bilou" }, true);
  expect(read).toMatchObject({ problems: [PROBLEM], problemsCount: 2500, labelsCount: 1 });
  expect(asked[0]!.searchParams.get("scheme")).toBe("bilou");
  const written = await exportFile("News", { format: "conll", scheme: "iobes" });
  expect(written).toEqual({ text: "Tesla B-STOCK", problems: [PROBLEM], problemsCount: 2500 });
  expect(asked[1]!.searchParams.get("scheme")).toBe("iobes");
});

test("a scheme is asked for only where there are tags", async () => {
  await exportFile("News", { format: "spacy", scheme: "bilou" });
  expect(asked[0]!.searchParams.has("scheme")).toBe(false);
  expect(FORMATS.find(([name]) => name === "spacy")).toEqual(["spacy", "spaCy (JSON)", "json"]);
});
