import { useState } from "react";
import { hasDocument, uploadDocument } from "../../api/documents";
import { Dialog } from "../../components/Dialog";
import { DropZone } from "../../components/DropZone";
import { count } from "../../format";

/** Types that ingest reads. */
const ACCEPT = ".txt,.md,.html,.htm,.pdf,.docx";
/** Files on their way at the same time. */
const AT_ONCE = 3;

interface Progress {
  readonly total: number;
  readonly done: number;
  readonly failures: readonly string[];
}

/** Files into the project's container, a few at a time; what fails is named with the reason, the rest goes on. */
export function Upload({ project, onUploaded }: { readonly project: string; readonly onUploaded: () => void }) {
  const [progress, setProgress] = useState<Progress | null>(null);

  const [asked, setAsked] = useState<Question | null>(null);

  const upload = async (files: readonly File[]) => {
    setAsked(null);
    let state: Progress = { total: files.length, done: 0, failures: [] };
    setProgress(state);
    await forEach(files, async (file) => {
      const failure = await send(project, file);
      const failures = failure === null ? state.failures : [...state.failures, failure];
      state = { ...state, done: state.done + 1, failures };
      setProgress(state);
    });
    onUploaded();
  };

  /** Asks where a file would take the place of a document: its labels are on another text then. */
  const choose = async (files: readonly File[]) => {
    const present = new Set<File>();
    // Where that cannot be asked, the upload itself says why.
    await forEach(files, async (file) => {
      if (await hasDocument(project, file.name).catch(() => false)) present.add(file);
    });
    if (present.size === 0) await upload(files);
    else setAsked({ files, present });
  };

  const isRunning = progress !== null && progress.done < progress.total;
  return (
    <div className="upload">
      <DropZone title="Upload files" accept={ACCEPT} multiple disabled={isRunning} onFiles={(files) => void choose(files)} />
      {asked !== null && (
        <Replacing
          question={asked}
          onAll={() => void upload(asked.files)}
          onNew={() => void upload(asked.files.filter((file) => !asked.present.has(file)))}
          onClose={() => setAsked(null)}
        />
      )}
      {isRunning && (
        <label>
          {progress.done} of {progress.total} <progress value={progress.done} max={progress.total} />
        </label>
      )}
      {progress !== null && !isRunning && (
        <p className="help" role="status">
          {count(progress.total - progress.failures.length, "file")} uploaded.
        </p>
      )}
      {progress !== null && progress.failures.length > 0 && (
        <ul className="failure" role="alert">
          {progress.failures.slice(0, 20).map((failure) => (
            <li key={failure}>{failure}</li>
          ))}
          {progress.failures.length > 20 && <li>… and {progress.failures.length - 20} more</li>}
        </ul>
      )}
    </div>
  );
}

interface Question {
  readonly files: readonly File[];
  /** Those with the name of a document. */
  readonly present: ReadonlySet<File>;
}

interface ReplacingProps {
  readonly question: Question;
  readonly onAll: () => void;
  readonly onNew: () => void;
  readonly onClose: () => void;
}

const NAMED = 8;

function Replacing({ question: { files, present }, onAll, onNew, onClose }: ReplacingProps) {
  const names = [...present].map(({ name }) => name);
  return (
    <Dialog title={`Replace ${count(names.length, "document")}?`} onClose={onClose}>
      <p>The project has them already. Where the text is another one, their labels have to be looked at again.</p>
      <ul className="names">
        {names.slice(0, NAMED).map((name) => (
          <li key={name}>{name}</li>
        ))}
        {names.length > NAMED && <li>… and {(names.length - NAMED).toLocaleString()} more</li>}
      </ul>
      <p className="buttons">
        <button type="button" className="danger" onClick={onAll}>
          Replace
        </button>
        {names.length < files.length && (
          <button type="button" onClick={onNew}>
            Upload only the {count(files.length - names.length, "new one")}
          </button>
        )}
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </p>
    </Dialog>
  );
}

/** A few at a time, in their order. */
async function forEach(files: readonly File[], work: (file: File) => Promise<void>): Promise<void> {
  const waiting = [...files];
  const next = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await work(file);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

async function send(project: string, file: File): Promise<string | null> {
  try {
    const { status, error } = await uploadDocument(project, file.name, file);
    return status === "failed" ? `${file.name}: ${error?.message ?? "cannot be read"}` : null;
  } catch (error) {
    return `${file.name}: ${(error as Error).message}`;
  }
}
