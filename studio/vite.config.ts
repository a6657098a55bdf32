import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { initialBudget } from "./budget.ts";

const SERVICE = process.env["NERINE_URL"] ?? "http://127.0.0.1:7071";

export default defineConfig({
  base: "/studio/",
  plugins: [react(), initialBudget(120_000)],
  // Assets as files, never as data: URLs, so that the policy need not allow them; no polyfill, which would be inline.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: "es2022" },
  // `npm run dev` answers from the source and passes the API on to a running service.
  server: { proxy: { "/language": SERVICE, "/.auth": SERVICE } },
  test: { include: ["tests/**/*.test.{ts,tsx}"], restoreMocks: true },
});
