import type { SessionState } from "../../saving/session";

const WORDS: Readonly<Record<SessionState["save"], string>> = {
  saved: "Saved",
  unsaved: "Not saved yet",
  saving: "Saving…",
  offline: "Offline: kept in this browser, tried again by itself",
  signedOut: "Signed out: kept in this browser",
  conflict: "Conflict: your decision is needed",
  refused: "Not accepted",
  textChanged: "The text changed",
};

export function SaveStatus({ state, onSave }: { readonly state: SessionState; readonly onSave: () => void }) {
  const { save, isKept } = state;
  return (
    <span className="save-status">
      <span className={`save-state ${save}`} role="status" aria-label="Saving">
        {WORDS[save]}
        {!isKept && save !== "saved" && " (this browser cannot keep it: do not close the tab)"}
      </span>
      <button type="button" onClick={onSave} disabled={save === "saved" || save === "saving"} title="Ctrl S">
        Save labels
      </button>
    </span>
  );
}
