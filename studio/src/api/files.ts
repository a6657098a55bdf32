// Files that a person chose or dropped.

/** The JSON of a file.
 *
 * @throws Error with the file's name where it is none.
 */
export async function readJson(file: File): Promise<unknown> {
  try {
    return JSON.parse(await file.text()) as unknown;
  } catch {
    throw new Error(`${file.name} is not JSON.`);
  }
}

/** The text of a text file; no other kind is made into one here.
 *
 * @throws Error with the file's name where it holds bytes that are no text in UTF-8.
 */
export async function readText(file: File): Promise<string> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    if (!text.includes("\0")) return text;
  } catch {
    // Said below.
  }
  throw new Error(
    `${file.name} is no text file in UTF-8. Upload it as a document, such as a .pdf or .docx, to have its text extracted.`,
  );
}

/** Hands a text to the browser to be saved as a file. */
export function saveFile(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
