import type { ErrorCode } from "@chapterhouse/domain";

/** `AWAY`: no answer came at all. `UNREADABLE`: an answer came that is not the API's, such as a proxy's error page. */
export type ApiErrorCode = ErrorCode | "AWAY" | "UNREADABLE";

/** What the API refused, with its code; `status` is 0 when there was no answer. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ApiErrorCode;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ApiErrorCode, status: number, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

type QueryValue = string | number | boolean | null | undefined;

/** `path("/api/books/:slug", { slug: "dune" }, { limit: 5 })` → `/api/books/dune?limit=5`; empty values are left out. */
export const path = (
  pattern: string,
  parts: Record<string, string | number> = {},
  query: Record<string, QueryValue> = {},
): string => {
  const filled = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(parts[name] ?? "")));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  return search.size > 0 ? `${filled}?${search.toString()}` : filled;
};

/** One call of the API: the answer's document, or an ApiError. */
export const request = async <T>(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  url: string,
  options: { body?: unknown; signal?: AbortSignal } = {},
): Promise<T> => {
  const response = await send(method, url, options);
  return (await document(response)) as T;
};

/**
 * A GET that re-reads only what changed: the ETag of the last answer goes along, and 304 gives that answer again, as
 * the very same object, so that nothing renders.
 */
export const revalidating = <T>(url: string): ((signal?: AbortSignal) => Promise<T>) => {
  let last: { etag: string; value: T } | null = null;
  return async (signal) => {
    const headers: Record<string, string> = last === null ? {} : { "if-none-match": last.etag };
    const response = await send("GET", url, { headers, ...(signal === undefined ? {} : { signal }) });
    if (response.status === 304 && last !== null) return last.value;
    const value = (await document(response)) as T;
    const etag = response.headers.get("etag");
    last = etag === null ? null : { etag, value };
    return value;
  };
};

const send = async (
  method: string,
  url: string,
  options: { body?: unknown; signal?: AbortSignal; headers?: Record<string, string> },
): Promise<Response> => {
  const headers: Record<string, string> = { accept: "application/json", ...options.headers };
  const init: RequestInit = { method, headers };
  if (options.signal !== undefined) init.signal = options.signal;
  if (options.body !== undefined) {
    init.body = JSON.stringify(options.body);
    headers["content-type"] = "application/json";
  }
  try {
    return await fetch(url, init);
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw new ApiError("AWAY", 0, "Chapterhouse does not answer.");
  }
};

const document = async (response: Response): Promise<unknown> => {
  if (response.status === 204) return null;
  const text = await response.text();
  let value: unknown;
  try {
    value = text === "" ? null : JSON.parse(text);
  } catch {
    throw new ApiError("UNREADABLE", response.status, `The answer (${response.status}) was not the API's.`);
  }
  if (response.ok) return value;
  const { code, message, details } = (value ?? {}) as Partial<ApiError>;
  throw new ApiError(code ?? "UNREADABLE", response.status, message ?? `Answer ${response.status}`, { ...details });
};
