// The key that a person pasted: kept for this tab only, never in an address and never longer than the tab lives.
const KEY = "nerine.key";

type Listener = () => void;
const listeners = new Set<Listener>();

export function readKey(): string | null {
  return sessionStorage.getItem(KEY);
}

export function signInWithKey(key: string): void {
  sessionStorage.setItem(KEY, key);
  listeners.forEach((listener) => listener());
}

/** Forgets the key and everything that was loaded with it. */
export function signOut(): void {
  sessionStorage.removeItem(KEY);
  window.location.hash = "";
  window.location.reload();
}

export function subscribeToKey(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export interface AccountSignIn {
  /** Whether App Service authentication is on here. */
  readonly isOffered: boolean;
  readonly name: string | null;
}

/** Who App Service authentication says is signed in. */
export async function readAccount(): Promise<AccountSignIn> {
  const response = await fetch("/.auth/me", { headers: { "X-Requested-With": "nerine-studio" } }).catch(() => null);
  if (response === null || response.status === 404) return { isOffered: false, name: null };
  const isJson = response.ok && (response.headers.get("content-type") ?? "").includes("json");
  const principals = isJson ? ((await response.json()) as readonly { readonly user_id?: string }[]) : [];
  return { isOffered: true, name: principals[0]?.user_id ?? null };
}

export const SIGN_IN_URL = "/.auth/login/aad?post_login_redirect_uri=/studio/";
export const SIGN_OUT_URL = "/.auth/logout?post_logout_redirect_uri=/studio/";
