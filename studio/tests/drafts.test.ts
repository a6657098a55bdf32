// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";
import { BrowserDrafts, type Draft } from "../src/saving/drafts";

const DRAFT: Draft = { contentHash: "h", base: [], mine: [{ start: 0, end: 1, category: "A" }], quotes: ["x"], done: false, dataset: null };
const open = (tab: string, living: readonly string[], location = "a/b.txt") => new BrowserDrafts("P", location, tab, new Set(living));

beforeEach(() => localStorage.clear());

test("a draft is this tab's and this document's", () => {
  open("1", ["1", "2"]).write(DRAFT);
  expect(open("1", ["1", "2"]).read()).toEqual(DRAFT);
  expect(open("2", ["1", "2"]).read()).toBeNull();
  expect(open("1", ["1"], "a/b").read()).toBeNull();
  open("1", ["1"]).clear();
  expect(localStorage).toHaveLength(0);
});

test("what a dead tab left is taken over once", () => {
  open("dead", ["dead"]).write(DRAFT);
  expect(open("2", ["2", "3"]).read()).toEqual(DRAFT);
  expect(open("3", ["2", "3"]).read()).toBeNull();
});

test("something that is no draft is none", () => {
  localStorage.setItem("nerine.draft/P/a%2Fb.txt/dead", "{");
  expect(open("1", ["1"]).read()).toBeNull();
});

test("a browser without room says so", () => {
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  expect(open("1", ["1"]).write(DRAFT)).toBe(false);
});
