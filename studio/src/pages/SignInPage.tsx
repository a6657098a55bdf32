import { useQuery } from "@tanstack/react-query";
import { readAccount, signInUrl } from "../api/session";
import { KeyForm } from "../components/KeyForm";
import { hrefTo } from "../routing";

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

/** Where a sign-in in a tab of its own ends. */
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
