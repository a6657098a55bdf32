import { useId, useState, type SyntheticEvent } from "react";
import { signInWithKey } from "../api/session";

/** @param takesFocus not where somebody is typing something else. */
export function KeyForm({ wasRefused, takesFocus }: { readonly wasRefused: boolean; readonly takesFocus: boolean }) {
  const [key, setKey] = useState("");
  const id = useId();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (key.trim() !== "") signInWithKey(key.trim());
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor={id}>Author key</label>
      <input
        id={id}
        type="password"
        autoComplete="off"
        autoFocus={takesFocus}
        value={key}
        aria-describedby={`${id}-help`}
        aria-invalid={wasRefused}
        onChange={(event) => setKey(event.target.value)}
      />
      <p id={`${id}-help`} className="help">
        {wasRefused
          ? "The service does not know this key, or it is no author key. "
          : "Locally, the service prints it when it starts. "}
        It stays in this tab and is forgotten when the tab closes.
      </p>
      <button type="submit" className="primary">
        Sign in
      </button>
    </form>
  );
}
