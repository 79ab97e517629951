import { openAsBlob } from "node:fs";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { ChapterhouseError } from "@chapterhouse/domain";
import type { Connection } from "@chapterhouse/pocketbase";
import type { ByteRange } from "./byte-range.ts";

/** A file token lives 10 minutes (accounts' fileToken); a download that starts must not outlive it. */
const TOKEN_USED_MS = 8 * 60_000;

export type Upload = Readonly<Record<string, string | number | { readonly blob: Blob; readonly name: string }>>;

export interface Download {
  /** Bytes of the body. */
  readonly length: number;
  readonly body: Readable;
}

/** The file at `path` as a body that is read from disk while it is sent. */
export const fileOnDisk = (path: string, mimeType: string): Promise<Blob> => openAsBlob(path, { type: mimeType });

/** Protected files of PocketBase: uploads and downloads that stream. */
export class PocketBaseFiles {
  readonly #connection: Connection;
  #token: { value: Promise<string>; until: number } | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Makes a record with a file and answers its id. Throws `STORE_REFUSED`, `STORE_UNREACHABLE`. */
  async upload(collection: string, fields: Upload): Promise<string> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      if (typeof value === "object") form.append(name, value.blob, value.name);
      else form.append(name, String(value));
    }
    try {
      return (await this.#connection.sdk.collection(collection).create(form, { fields: "id" })).id;
    } catch (cause) {
      throw storeError(cause, `Uploading to ${collection}`);
    }
  }

  /**
   * The body of a record's file, or of one range of it; null when it is not there (any more). Ending the stream early
   * ends the request. Throws `STORE_REFUSED`, `STORE_UNREACHABLE`.
   */
  async download(collection: string, id: string, file: string, range: ByteRange | null): Promise<Download | null> {
    const path = `/api/files/${collection}/${id}/${encodeURIComponent(file)}`;
    let answer = await this.#fetch(path, range);
    if (answer.status === 404) {
      // A token that is no longer good looks like a file that is not there.
      this.#token = null;
      answer = await this.#fetch(path, range);
    }
    if (answer.status === (range ? 206 : 200) && answer.body) {
      const body = Readable.fromWeb(answer.body as ReadableStream<Uint8Array>);
      return { length: Number(answer.headers.get("content-length") ?? 0), body };
    }
    await answer.body?.cancel();
    if (answer.status === 404) return null;
    throw new ChapterhouseError("STORE_REFUSED", `${collection}/${id}: HTTP ${answer.status}`);
  }

  async #fetch(path: string, range: ByteRange | null): Promise<Response> {
    const headers = { "accept-encoding": "identity", ...(range && { range: `bytes=${range.start}-${range.end}` }) };
    const token = await this.#fileToken();
    try {
      return await fetch(`${this.#connection.url}${path}?token=${token}`, { headers });
    } catch (cause) {
      throw storeError(cause, "Reading a file");
    }
  }

  #fileToken(): Promise<string> {
    if (this.#token && this.#token.until > Date.now()) return this.#token.value;
    const value = this.#connection.call<{ token: string }>("POST", "/api/files/token").then(({ token }) => token);
    value.catch(() => {
      this.#token = null;
    });
    this.#token = { value, until: Date.now() + TOKEN_USED_MS };
    return value;
  }
}

const storeError = (cause: unknown, doing: string): ChapterhouseError => {
  if (cause instanceof ChapterhouseError) return cause;
  const status = typeof cause === "object" && cause !== null && "status" in cause ? Number(cause.status) : 0;
  if (status === 0) return new ChapterhouseError("STORE_UNREACHABLE", `${doing}: no answer`, { cause });
  const data = (cause as { response?: { data?: unknown } }).response?.data;
  return new ChapterhouseError("STORE_REFUSED", `${doing}: HTTP ${status}`, { details: { status, data }, cause });
};
