import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Label, Labels } from "../src/annotation/label";
import { ApiError, UnreachableError } from "../src/api/client";
import type { RemoteLabels } from "../src/api/labels";
import type { Draft, Drafts } from "../src/saving/drafts";
import { LabelingSession, type Write } from "../src/saving/session";

const TEXT = "Tesla and bitcoin";
const TESLA: Label = { start: 0, end: 5, category: "STOCK" };
const BITCOIN: Label = { start: 10, end: 17, category: "CRYPTO" };

class MemoryDrafts implements Drafts {
  constructor(public kept: Draft | null = null, private readonly hasRoom = true) {}
  read(): Draft | null {
    return this.kept;
  }
  write(draft: Draft): boolean {
    if (this.hasRoom) this.kept = draft;
    return this.hasRoom;
  }
  clear(): void {
    this.kept = null;
  }
}

/** A service with one document: versions, conflicts, and whatever failure a test wants next. */
class FakeService {
  labels: Labels = [];
  version = 1;
  failures: Error[] = [];
  contentHash = "h1";
  dataset: Write["dataset"];
  readonly writes: Write[] = [];
  readonly write = async (write: Write): Promise<RemoteLabels> => {
    this.writes.push(write);
    await Promise.resolve();
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    if (write.etag !== String(this.version)) throw new ApiError(412, problem("Stale"), { current: this.wire() });
    this.labels = write.labels;
    this.dataset = write.dataset;
    this.version++;
    return this.remote();
  };
  remote(): RemoteLabels {
    const { labels, dataset, contentHash } = this;
    const remote = { labels, etag: String(this.version), done: false, textChanged: false, contentHash };
    return dataset === undefined ? remote : { ...remote, dataset };
  }
  /** Somebody else writes. */
  change(labels: Labels): void {
    this.labels = labels;
    this.version++;
  }
  private wire() {
    const labels = this.labels.map(({ start, end, category }) => ({ category, offset: start, length: end - start }));
    return { labels, etag: String(this.version), done: false, contentHash: this.contentHash, lastModifiedBy: "Ann" };
  }
}

function problem(code: string) {
  return { code, message: code, innererror: { code } };
}

function open(service: FakeService, drafts: Drafts = new MemoryDrafts()): LabelingSession {
  return new LabelingSession({ text: TEXT, contentHash: "h1", remote: service.remote() }, drafts, service.write);
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("saving", () => {
  test("a change is kept in the browser at once and sent a little later, once for several", async () => {
    const [service, drafts] = [new FakeService(), new MemoryDrafts()];
    const session = open(service, drafts);
    session.edit([TESLA], "one");
    session.edit([TESLA, BITCOIN], "two");
    expect(drafts.kept?.mine).toEqual([TESLA, BITCOIN]);
    expect(session.getState().save).toBe("unsaved");
    await vi.advanceTimersByTimeAsync(1500);
    expect(service.writes).toHaveLength(1);
    expect(service.labels).toEqual([TESLA, BITCOIN]);
    expect([session.getState().save, drafts.kept]).toEqual(["saved", null]);
  });

  test("what changes while it is being sent is sent after it", async () => {
    const service = new FakeService();
    const session = open(service);
    session.edit([TESLA], "one");
    const saving = session.saveNow();
    session.edit([TESLA, BITCOIN], "two");
    await saving;
    expect(session.getState().save).toBe("unsaved");
    await vi.advanceTimersByTimeAsync(1500);
    expect(service.labels).toEqual([TESLA, BITCOIN]);
  });

  test("undone before it was sent, nothing is sent", async () => {
    const [service, drafts] = [new FakeService(), new MemoryDrafts()];
    const session = open(service, drafts);
    session.edit([TESLA], "one");
    session.undo();
    await vi.advanceTimersByTimeAsync(5000);
    expect([service.writes.length, session.getState().save, drafts.kept]).toEqual([0, "saved", null]);
  });

  test("saving twice at once sends once", async () => {
    const service = new FakeService();
    const session = open(service);
    session.edit([TESLA], "one");
    await Promise.all([session.saveNow(), session.saveNow()]);
    expect(service.writes).toHaveLength(1);
  });

  test("the set and being done are saved as labels are", async () => {
    const service = new FakeService();
    const session = open(service);
    session.setDataset("Test");
    session.setDone(true);
    await session.saveNow();
    expect(service.writes[0]).toMatchObject({ dataset: "Test", done: true });
  });

  test("a document can be taken out of its set, and a draft remembers that", async () => {
    const [service, drafts] = [new FakeService(), new MemoryDrafts()];
    const session = open(service, drafts);
    session.setDataset("Test");
    await session.saveNow();
    service.failures = [new UnreachableError("down")];
    session.setDataset(undefined);
    await session.saveNow();
    expect(drafts.kept?.dataset).toBeNull();
    await vi.advanceTimersByTimeAsync(2000);
    expect(service.dataset).toBeUndefined();
    expect(session.getState().save).toBe("saved");
  });
});

describe("when the service is down", () => {
  test.each([new UnreachableError("down"), new ApiError(503, problem("Busy"), null), new ApiError(429, problem("Slow"), null)])(
    "%s: kept, tried again after longer and longer, and saved in the end",
    async (failure) => {
      const [service, drafts] = [new FakeService(), new MemoryDrafts()];
      service.failures = [failure, failure, failure];
      const session = open(service, drafts);
      session.edit([TESLA], "one");
      await vi.advanceTimersByTimeAsync(1500);
      expect(session.getState().save).toBe("offline");
      session.edit([TESLA, BITCOIN], "two");
      expect(drafts.kept?.mine).toEqual([TESLA, BITCOIN]);
      await vi.advanceTimersByTimeAsync(2000 + 4000 + 8000);
      expect(service.writes).toHaveLength(4);
      expect(service.labels).toEqual([TESLA, BITCOIN]);
      expect(session.getState().save).toBe("saved");
    },
  );

  test("the next tab brings back what the dead one had not saved", async () => {
    const [service, drafts] = [new FakeService(), new MemoryDrafts()];
    open(service, drafts).edit([TESLA], "one");
    service.change([BITCOIN]);
    const next = open(service, drafts);
    expect(next.labels).toEqual([TESLA, BITCOIN]);
    await next.saveNow();
    expect(service.labels).toEqual([TESLA, BITCOIN]);
  });

  test("a browser without room says so, and saving goes on", async () => {
    const service = new FakeService();
    const session = open(service, new MemoryDrafts(null, false));
    session.edit([TESLA], "one");
    expect(session.getState().isKept).toBe(false);
    await session.saveNow();
    expect(service.labels).toEqual([TESLA]);
  });
});

describe("when somebody else was faster", () => {
  test("changes elsewhere are merged without a question", async () => {
    const service = new FakeService();
    const session = open(service);
    service.change([BITCOIN]);
    session.edit([TESLA], "one");
    await session.saveNow();
    expect(session.getState()).toMatchObject({ save: "unsaved", notice: "Took over changes by Ann." });
    await vi.advanceTimersByTimeAsync(0);
    expect(service.labels).toEqual([TESLA, BITCOIN]);
    expect(session.getState().save).toBe("saved");
  });

  test.each(["mine", "theirs"] as const)("the same place is a question; %s is saved", async (side) => {
    const service = new FakeService();
    const session = open(service);
    const other = { ...TESLA, category: "ORG" };
    service.change([other]);
    session.edit([TESLA], "one");
    await session.saveNow();
    expect(session.getState().save).toBe("conflict");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(service.labels).toEqual([other]);
    session.decide(session.getState().clashes[0]!, side);
    await vi.advanceTimersByTimeAsync(0);
    expect(service.labels).toEqual([side === "mine" ? TESLA : other]);
    expect(session.getState().save).toBe("saved");
  });

  test("a tab that dies in a conflict leaves both sides", async () => {
    const [service, drafts] = [new FakeService(), new MemoryDrafts()];
    const session = open(service, drafts);
    service.change([{ ...TESLA, category: "ORG" }]);
    session.edit([TESLA], "one");
    await session.saveNow();
    session.edit([...session.labels, BITCOIN], "two");
    const next = open(service, drafts);
    expect(next.getState().save).toBe("conflict");
    expect(next.getState().clashes[0]).toMatchObject({ mine: [TESLA], theirs: [{ ...TESLA, category: "ORG" }] });
    expect(next.labels).toContainEqual(BITCOIN);
  });
});

describe("what the service refuses", () => {
  test("its reason is shown, the labels are kept, and a later change tries again", async () => {
    const [service, drafts] = [new FakeService(), new MemoryDrafts()];
    service.failures = [new ApiError(400, problem("UndeclaredCategory"), null)];
    const session = open(service, drafts);
    session.edit([TESLA], "one");
    await session.saveNow();
    expect(session.getState()).toMatchObject({ save: "refused", problem: { code: "UndeclaredCategory" } });
    expect(drafts.kept?.mine).toEqual([TESLA]);
    session.edit([BITCOIN], "two");
    await vi.advanceTimersByTimeAsync(1500);
    expect(service.labels).toEqual([BITCOIN]);
  });

  test("an ended sign-in waits for the next one", async () => {
    const service = new FakeService();
    service.failures = [new ApiError(401, problem("401"), null)];
    const session = open(service);
    session.edit([TESLA], "one");
    await session.saveNow();
    session.edit([TESLA, BITCOIN], "two");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(session.getState().save).toBe("signedOut");
    await session.saveNow();
    expect(service.labels).toEqual([TESLA, BITCOIN]);
  });
});

describe("when the text was replaced", () => {
  test("labels are kept and frozen, and the new text gets those that it says, too", async () => {
    const [service, drafts] = [new FakeService(), new MemoryDrafts()];
    service.failures = [new ApiError(409, problem("TextChanged"), null)];
    const session = open(service, drafts);
    session.edit([TESLA, BITCOIN], "one");
    await session.saveNow();
    session.edit([], "two");
    expect(session.getState().save).toBe("textChanged");
    expect(session.labels).toEqual([TESLA, BITCOIN]);

    const remote = { ...service.remote(), textChanged: true };
    const next = new LabelingSession({ text: "Shares: Tesla", contentHash: "h2", remote }, drafts, service.write);
    expect(next.getState().notice).toContain("bitcoin");
    await next.saveNow();
    expect(service.writes.at(-1)).toMatchObject({ replacesAll: true, contentHash: "h2" });
    expect(service.labels).toEqual([{ start: 8, end: 13, category: "STOCK" }]);
  });

  test("labels of an older text wait for somebody to look at them", async () => {
    const service = new FakeService();
    service.labels = [TESLA];
    const remote = { ...service.remote(), textChanged: true };
    const session = new LabelingSession({ text: TEXT, contentHash: "h2", remote }, new MemoryDrafts(), service.write);
    await session.saveNow();
    expect([service.writes.length, session.getState().isOfOlderText]).toEqual([0, true]);
    session.confirmLabels();
    await session.saveNow();
    expect(service.writes).toMatchObject([{ labels: [TESLA], replacesAll: true }]);
    expect(session.getState().save).toBe("saved");
  });
});
