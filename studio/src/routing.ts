// Addresses of pages: `#/projects/News/labeling/a%2Fb.txt?at=3-9`. Everything is after the hash, so that the studio is
// one static file wherever it is served, and a location with slashes is one segment.
import { useSyncExternalStore } from "react";

export interface Route {
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

let cached: { readonly hash: string; readonly route: Route } | undefined;

export function parseHash(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const segments = path.split("/").filter((segment) => segment !== "");
  return { segments: segments.map(decode), query: new URLSearchParams(query) };
}

export function hrefTo(segments: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  const path = segments.map(encodeURIComponent).join("/");
  const search = new URLSearchParams(query).toString();
  return `#/${path}${search === "" ? "" : `?${search}`}`;
}

export function navigate(href: string, { replace = false } = {}): void {
  if (replace) {
    history.replaceState(null, "", href);
    // replaceState says nothing to anybody.
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  } else window.location.hash = href;
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, current);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

function current(): Route {
  const { hash } = window.location;
  if (cached?.hash !== hash) cached = { hash, route: parseHash(hash) };
  return cached.route;
}

/** Somebody may have typed it. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
