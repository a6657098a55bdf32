// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Document } from "../src/api/types";
import { neighbourOf, nextUnlabelled, placeOf } from "../src/pages/labeling/next-document";

const document = (location: string) => ({ location }) as Document;
const [A, B, C] = [document("a"), document("b"), document("c")];

describe("nextUnlabelled", () => {
  /** Unlabelled documents, in order; each page that is asked for is empty before one is found. */
  let unlabelled: string[] = [];
  const asked: string[] = [];
  beforeEach(() => {
    asked.length = 0;
    vi.stubGlobal("fetch", (url: URL) => {
      asked.push(url.search);
      const after = url.searchParams.get("after") ?? "";
      const isFirst = !url.searchParams.has("continuation");
      const value = isFirst ? [] : unlabelled.filter((each) => each > after).slice(0, 2).map(document);
      const nextLink = isFirst ? `https://proxy${url.pathname}${url.search}&continuation=x` : null;
      return Promise.resolve(new Response(JSON.stringify({ value, nextLink })));
    });
  });
  afterEach(() => void vi.unstubAllGlobals());

  test.each([
    ["behind the current one, also on a page after an empty one", ["a", "b", "d"], "b", "d"],
    ["round from the end to the beginning", ["a", "b"], "c", "a"],
    ["not the current one, which may be listed still", ["c"], "c", undefined],
    ["nothing where none is left", [], "c", undefined],
    ["the first where none is open", ["a"], undefined, "a"],
  ])("%s", async (_, listed, current, expected) => {
    unlabelled = listed;
    expect(await nextUnlabelled("News", current)).toBe(expected);
    expect(asked[0]).toContain("labelled=false");
  });
});

describe("neighbours", () => {
  const START = { location: undefined, index: -1 };
  test("before and behind", () => {
    const place = placeOf([A, B, C], "b", START);
    expect([neighbourOf([A, B, C], place, 1), neighbourOf([A, B, C], place, -1)]).toEqual([2, 0]);
  });
  test("a document that left the list keeps its place: the next one has moved up", () => {
    const place = placeOf([A, C], "b", placeOf([A, B, C], "b", START));
    expect([neighbourOf([A, C], place, 1), neighbourOf([A, C], place, -1)]).toEqual([1, 0]);
  });
  test("one that never was in the list is before the first", () => {
    expect(neighbourOf([A, C], placeOf([A, C], "x", placeOf([A, C], "c", START)), 1)).toBe(0);
  });
});
