import { useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { readAccount, SIGN_IN_URL, signInWithKey } from "../api/session";

/** Signing in: with the account that App Service checks where it does, with a key everywhere. */
export function SignInPage({ wasRefused }: { readonly wasRefused: boolean }) {
  return (
    <main className="sign-in">
      <h1>Nerine</h1>
      <p>Custom named entity recognition: label, train, deploy.</p>
      <KeyForm wasRefused={wasRefused} />
      <AccountSignIn />
    </main>
  );
}

export function KeyForm({ wasRefused }: { readonly wasRefused: boolean }) {
  const [key, setKey] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (key.trim() !== "") signInWithKey(key.trim());
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor="key">Author key</label>
      <input
        id="key"
        type="password"
        autoComplete="off"
        autoFocus
        value={key}
        aria-describedby="key-help"
        aria-invalid={wasRefused}
        onChange={(event) => setKey(event.target.value)}
      />
      <p id="key-help" className="help">
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

function AccountSignIn() {
  const { data: account } = useQuery({ queryKey: ["account"], queryFn: readAccount, retry: false });
  if (account?.isOffered !== true) return null;
  if (account.name === null) {
    return (
      <p>
        <a href={SIGN_IN_URL}>Sign in with Microsoft</a>
      </p>
    );
  }
  return (
    <p className="help">
      You are signed in as {account.name}, who has no role here yet. An administrator can give you the app role
      “Nerine.Author”.
    </p>
  );
}
