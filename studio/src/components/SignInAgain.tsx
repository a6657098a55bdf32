import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { goOnSignedIn, readAccount, readKey, signInUrl } from "../api/session";
import { hrefTo } from "../routing";
import { KeyForm } from "./KeyForm";

/** The address after the hash of the page that a sign-in in a tab of its own ends on. */
export const SIGNED_IN = "signed-in";

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
