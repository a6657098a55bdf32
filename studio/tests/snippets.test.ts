import { expect, test } from "vitest";
import { snippet } from "../src/pages/deployments/snippets";

test.each([
  ["http://127.0.0.1:7071", true],
  ["https://nerine.example", false],
])("JavaScript for %s allows plain HTTP: %s", (endpoint, isAllowed) => {
  const code = snippet("javascript", { endpoint, project: "News", deployment: "production" });
  expect(code.includes("allowInsecureConnection: true")).toBe(isAllowed);
});
