import { useState } from "react";
import { uploadDocument } from "../../api/documents";
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

  const upload = async (files: readonly File[]) => {
    const waiting = [...files];
    let state: Progress = { total: files.length, done: 0, failures: [] };
    setProgress(state);
    const work = async () => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        const failure = await send(project, file);
        const failures = failure === null ? state.failures : [...state.failures, failure];
        state = { ...state, done: state.done + 1, failures };
        setProgress(state);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    onUploaded();
  };

  const isRunning = progress !== null && progress.done < progress.total;
  return (
    <div className="upload">
      <DropZone title="Upload files" accept={ACCEPT} multiple disabled={isRunning} onFiles={(files) => void upload(files)} />
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

async function send(project: string, file: File): Promise<string | null> {
  try {
    const { status, error } = await uploadDocument(project, file.name, file);
    return status === "failed" ? `${file.name}: ${error?.message ?? "cannot be read"}` : null;
  } catch (error) {
    return `${file.name}: ${(error as Error).message}`;
  }
}
