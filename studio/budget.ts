// What a browser loads before the first page shows must stay small; a build that exceeds it fails.
import { gzipSync } from "node:zlib";
import type { Plugin, Rollup } from "vite";

type Bundle = Rollup.OutputBundle;

/** Fails the build when the page's script, style and everything they import at once exceed `limit` bytes of gzip. */
export function initialBudget(limit: number): Plugin {
  return {
    name: "initial-budget",
    generateBundle(_, bundle) {
      const total = [...initialFiles(bundle)].reduce((sum, name) => sum + gzipSize(bundle, name), 0);
      const report = `initial bundle: ${(total / 1000).toFixed(1)} kB gzip of ${limit / 1000} kB`;
      if (total > limit) this.error(report);
      this.info(report);
    },
  };
}

function initialFiles(bundle: Bundle): Set<string> {
  const entries = Object.values(bundle).flatMap((file) => (file.type === "chunk" && file.isEntry ? [file.fileName] : []));
  const found = new Set<string>(Object.keys(bundle).filter((name) => name.endsWith(".css") && !isLazy(bundle, name)));
  const waiting = [...entries];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const file = bundle[name];
    if (file?.type === "chunk") waiting.push(...file.imports);
  }
  return found;
}

/** A style that only a page loaded later brings along. */
function isLazy(bundle: Bundle, style: string): boolean {
  return Object.values(bundle).some(
    (file) => file.type === "chunk" && file.isDynamicEntry && file.viteMetadata?.importedCss.has(style),
  );
}

function gzipSize(bundle: Bundle, name: string): number {
  const file = bundle[name];
  if (file === undefined) return 0;
  return gzipSync(file.type === "chunk" ? file.code : file.source).length;
}
