// What is not saved yet, kept in this browser until the service has it: a closed tab or a dead computer loses nothing.
import type { Labels } from "../annotation/label";
import type { Dataset } from "../api/types";

export interface Draft {
  /** Of the text that the labels are on. */
  readonly contentHash: string;
  readonly base: Labels;
  readonly mine: Labels;
  /** Null: in neither set. */
  readonly dataset: Dataset | null;
  readonly done: boolean;
  /** What each of `mine` covers, to find it again should the text change. */
  readonly quotes: readonly string[];
}

export interface Drafts {
  read(): Draft | null;
  /** @returns whether the browser could keep it. */
  write(draft: Draft): boolean;
  clear(): void;
}

const PREFIX = "nerine.draft";

/** One tab's drafts of one document, beside those of tabs that are gone. */
export class BrowserDrafts implements Drafts {
  private readonly prefix: string;

  constructor(
    project: string,
    location: string,
    private readonly tab: string,
    /** Tabs whose drafts are their own business. */
    private readonly livingTabs: ReadonlySet<string>,
  ) {
    this.prefix = `${PREFIX}/${encodeURIComponent(project)}/${encodeURIComponent(location)}/`;
  }

  /** This tab's draft, else one that a dead tab left behind, which becomes this tab's. */
  read(): Draft | null {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(this.prefix));
    const own = names.find((name) => name === this.name);
    const orphan = names.find((name) => !this.livingTabs.has(name.slice(this.prefix.length)));
    const name = own ?? orphan;
    if (name === undefined) return null;
    const draft = parse(localStorage.getItem(name));
    if (name !== this.name) localStorage.removeItem(name);
    return draft;
  }

  write(draft: Draft): boolean {
    try {
      localStorage.setItem(this.name, JSON.stringify(draft));
      return true;
    } catch {
      // The browser's space for this site is full, or it keeps nothing at all.
      return false;
    }
  }

  clear(): void {
    localStorage.removeItem(this.name);
  }

  private get name(): string {
    return this.prefix + this.tab;
  }
}

function parse(stored: string | null): Draft | null {
  if (stored === null) return null;
  try {
    return JSON.parse(stored) as Draft;
  } catch {
    return null;
  }
}

const TAB_LOCK = "nerine.tab/";

/** This tab's name. A lock that the browser gives back when the tab dies tells the others that it lives. */
export const TAB = crypto.randomUUID();

export function holdTabLock(): void {
  void navigator.locks.request(TAB_LOCK + TAB, () => new Promise(() => undefined));
}

export async function livingTabs(): Promise<ReadonlySet<string>> {
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name }) => (name?.startsWith(TAB_LOCK) === true ? [name.slice(TAB_LOCK.length)] : [])));
}
