// One way to the service: adds the key and the version, and turns every failure into one of two errors.
import { noteRefusal, readKey } from "./session";

const AUTHORING = "/language/authoring/analyze-text";
const VERSION = "2023-04-01";

export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly details?: readonly Problem[];
  readonly innererror?: { readonly code: string };
}

/** The service answered, and not with success. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    /** The whole body; a 412 carries the current state in it. */
    readonly body: unknown,
  ) {
    super(problem.message);
    this.name = "ApiError";
  }
}

/** No answer: the network or the service is down. What was to be sent is not lost and can be sent again. */
export class UnreachableError extends Error {
  constructor(cause: unknown) {
    super("The service cannot be reached.", { cause });
    this.name = "UnreachableError";
  }
}

export interface RequestOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON; a Blob as it is. */
  readonly body?: unknown;
  readonly ifMatch?: string;
  /** The request outlives the page; its body is at most 64 KiB. */
  readonly keepalive?: boolean;
  readonly signal?: AbortSignal;
  /** Whether a success is handed over as it came, JSON or not. */
  readonly asText?: boolean;
}

export interface Answer<Value> {
  readonly value: Value;
  readonly headers: Headers;
}

/** `parts` joined to a path below `/projects`; a location keeps its slashes. */
export function projectPath(...parts: readonly string[]): string {
  return [`${AUTHORING}/projects`, ...parts.map(quotePath)].join("/");
}

function quotePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/").replaceAll("%3A", ":");
}

/**
 * Sends one request.
 *
 * @throws ApiError for an answer that is no success, UnreachableError where there is no answer.
 */
export async function request<Value>(path: string, options: RequestOptions = {}): Promise<Answer<Value>> {
  const response = await send(path, options);
  const text = await response.text().catch((error: unknown) => {
    throw new UnreachableError(error);
  });
  const body = response.ok && options.asText === true ? text : parse(text);
  if (response.status === 401) noteRefusal();
  if (!response.ok) throw new ApiError(response.status, problemOf(body, response), body);
  return { value: body as Value, headers: response.headers };
}

/** The bytes of a file that the service made, as text. */
export async function getText(path: string): Promise<string> {
  return (await request<string>(path, { asText: true })).value;
}

/** As `request`, where only the body matters. */
export async function get<Value>(path: string, options: RequestOptions = {}): Promise<Value> {
  return (await request<Value>(path, options)).value;
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const { method = "GET", query = {}, body, ifMatch, keepalive = false, signal } = options;
  const url = new URL(path, window.location.origin);
  if (!url.searchParams.has("api-version")) url.searchParams.set("api-version", VERSION);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  const headers = new Headers();
  const key = readKey();
  if (key !== null) headers.set("Ocp-Apim-Subscription-Key", key);
  if (ifMatch !== undefined) headers.set("If-Match", ifMatch);
  if (body !== undefined && !(body instanceof Blob)) headers.set("Content-Type", "application/json");
  const content = body === undefined ? null : body instanceof Blob ? body : JSON.stringify(body);
  try {
    return await fetch(url, { method, headers, body: content, keepalive, signal: signal ?? null, cache: "no-store" });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new UnreachableError(error);
  }
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function problemOf(body: unknown, response: Response): Problem {
  const error = (body as { error?: Problem } | undefined)?.error;
  if (error?.message !== undefined) return error;
  return { code: String(response.status), message: `The service answered ${response.status} ${response.statusText}.` };
}
