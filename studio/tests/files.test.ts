import { expect, test } from "vitest";
import { readText } from "../src/api/files";

test("a text file is read as it is", async () => {
  expect(await readText(new File(["Zürich\r\nrose."], "a.txt"))).toBe("Zürich\r\nrose.");
});

test.each([
  ["bytes that are no UTF-8", new Uint8Array([0x50, 0x4b, 0xff, 0xfe])],
  ["control bytes of a binary format", new Uint8Array([0x50, 0x4b, 3, 4, 0, 0])],
])("%s are no text, and the message names the file", async (_, bytes) => {
  await expect(readText(new File([bytes], "b.docx"))).rejects.toThrow("b.docx is no text file");
});
