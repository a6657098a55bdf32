import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dismiss, holdNotices, notify, readNotices } from "../src/notices";

const texts = () => readNotices().map(({ text }) => text);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  readNotices().forEach(({ id }) => dismiss(id));
  vi.useRealTimers();
});

test("a message goes by itself", () => {
  notify("Renamed.");
  vi.advanceTimersByTime(11_000);
  expect(texts()).toEqual(["Renamed."]);
  vi.advanceTimersByTime(1000);
  expect(texts()).toEqual([]);
});

test("none goes while somebody points at one, and then it has its whole time again", () => {
  notify("Renamed.");
  vi.advanceTimersByTime(11_000);
  holdNotices(true);
  notify("Merged.");
  vi.advanceTimersByTime(60_000);
  expect(texts()).toEqual(["Renamed.", "Merged."]);
  holdNotices(false);
  vi.advanceTimersByTime(11_000);
  expect(texts()).toHaveLength(2);
  vi.advanceTimersByTime(1000);
  expect(texts()).toEqual([]);
});

test("dismissing the last one while pointing at it does not hold those that come later", () => {
  notify("Renamed.");
  holdNotices(true);
  dismiss(readNotices()[0]!.id);
  notify("Merged.");
  vi.advanceTimersByTime(12_000);
  expect(texts()).toEqual([]);
});
