import fc from "fast-check";
import { expect, test } from "vitest";
import { hrefTo, parseHash } from "../src/routing";

test.each([
  ["", []],
  ["#/", []],
  ["#/projects/News", ["projects", "News"]],
  ["#/projects/a%2Fb.txt", ["projects", "a/b.txt"]],
  ["#/projects/%E0%A4%A", ["projects", "%E0%A4%A"]],
])("%j", (hash, segments) => {
  expect(parseHash(hash).segments).toEqual(segments);
});

test("an address leads back to what it was made of", () => {
  const words = fc.string({ unit: "grapheme", minLength: 1 });
  fc.assert(
    fc.property(fc.array(words), words, (segments, at) => {
      const route = parseHash(hrefTo(segments, { at }));
      expect(route.segments).toEqual(segments);
      expect(route.query.get("at")).toBe(at);
    }),
  );
});
