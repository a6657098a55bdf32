import { useQuery } from "@tanstack/react-query";
import { useEffect, useState, type SyntheticEvent } from "react";
import { goOnSignedIn, readAccount, readKey, signInUrl, signInWithKey } from "../api/session";
import { hrefTo } from "../routing";

/** The address after the hash of the page that a sign-in in a tab of its own ends on. */
export const SIGNED_IN = "signed-in";

/** Signing in: with the account that App Service checks where it does, with a key everywhere. */
export function SignInPage({ wasRefused }: { readonly wasRefused: boolean }) {
  return (
    <main className="sign-in">
      <h1>Nerine</h1>
      <p>Custom named entity recognition: label, train, deploy.</p>
      <KeyForm wasRefused={wasRefused} takesFocus />
      <AccountSignIn />
    </main>
  );
}

/** Over whatever page one is on, when the service no longer knows who asks: nothing on the page is lost. */
export function SignInAgain() {
  const { data: account } = useQuery({ queryKey: ["account"], queryFn: readAccount, retry: false });
  useEffect(() => {
    const back = () => void readAccount().then(({ name }) => name !== null && goOnSignedIn());
    window.addEventListener("focus", back);
    return () => window.removeEventListener("focus", back);
  }, []);
  return (
    <section className="banner sign-in-again" role="alert">
      <p>Your sign-in has ended. What is on this page stays, and what is not saved yet is saved after you sign in again.</p>
      {account?.isOffered === true && (
        <p>
          <a href={signInUrl(hrefTo([SIGNED_IN]))} target="_blank" rel="noreferrer">
            Sign in with Microsoft
          </a>{" "}
          in a new tab, and come back.
        </p>
      )}
      <KeyForm wasRefused={readKey() !== null} takesFocus={false} />
    </section>
  );
}

/** Where that new tab ends. */
export function SignedInPage() {
  return (
    <main className="page narrow">
      <h1>You are signed in</h1>
      <p>Close this tab: the one that you came from goes on by itself.</p>
      <p>
        <a href={hrefTo([])}>All projects</a>
      </p>
    </main>
  );
}

/** @param takesFocus not where somebody is typing something else. */
function KeyForm({ wasRefused, takesFocus }: { readonly wasRefused: boolean; readonly takesFocus: boolean }) {
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
        autoFocus={takesFocus}
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
        <a href={signInUrl(window.location.hash)}>Sign in with Microsoft</a>
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
