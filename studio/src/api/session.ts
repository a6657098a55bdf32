// The key that a person pasted: kept for this tab only, never in an address and never longer than the tab lives.
const KEY = "nerine.key";

type Listener = () => void;
const signInListeners = new Set<Listener>();
const refusalListeners = new Set<Listener>();
let isRefused = false;

export function readKey(): string | null {
  return sessionStorage.getItem(KEY);
}

export function signInWithKey(key: string): void {
  sessionStorage.setItem(KEY, key);
  goOnSignedIn();
}

/** Somebody signed in, here or in another tab: what was refused is tried again. */
export function goOnSignedIn(): void {
  setRefused(false);
  signInListeners.forEach((listener) => listener());
}

/** The service did not know who asked: a key that is valid no more, or a sign-in that ended. */
export function noteRefusal(): void {
  setRefused(true);
}

export function isSignInRefused(): boolean {
  return isRefused;
}

export function subscribeToRefusal(listener: Listener): () => void {
  refusalListeners.add(listener);
  return () => refusalListeners.delete(listener);
}

function setRefused(refused: boolean): void {
  if (refused === isRefused) return;
  isRefused = refused;
  refusalListeners.forEach((listener) => listener());
}

/** Forgets the key and everything that was loaded with it. */
export function signOut(): void {
  sessionStorage.removeItem(KEY);
  window.location.hash = "";
  window.location.reload();
}

export function subscribeToSignIn(listener: Listener): () => void {
  signInListeners.add(listener);
  return () => signInListeners.delete(listener);
}

export interface AccountSignIn {
  /** Whether App Service authentication is on here. */
  readonly isOffered: boolean;
  readonly name: string | null;
}

/** Who App Service authentication says is signed in. */
export async function readAccount(): Promise<AccountSignIn> {
  const response = await fetch("/.auth/me").catch(() => null);
  if (response === null || response.status === 404) return { isOffered: false, name: null };
  const isJson = response.ok && (response.headers.get("content-type") ?? "").includes("json");
  const principals = isJson ? ((await response.json()) as readonly { readonly user_id?: string }[]) : [];
  return { isOffered: true, name: principals[0]?.user_id ?? null };
}

/** Signing in with the account, and back to the page that `hash` names. */
export function signInUrl(hash: string): string {
  return `/.auth/login/aad?post_login_redirect_uri=${encodeURIComponent(`/studio/${hash}`)}`;
}

export const SIGN_OUT_URL = "/.auth/logout?post_logout_redirect_uri=/studio/";
