import type { Readable } from "node:stream";
import { ChapterhouseError } from "@chapterhouse/domain";
import type { Connection } from "@chapterhouse/pocketbase";
import { request } from "undici";
import type { ByteRange } from "./byte-range.ts";
import { type UploadFile, multipart } from "./multipart.ts";

/** A file token lives 10 minutes (accounts' fileToken); a download that starts must not outlive it. */
const TOKEN_USED_MS = 8 * 60_000;

export interface Download {
  /** Bytes of the body. */
  readonly length: number;
  readonly body: Readable;
}

/** Protected files of PocketBase: uploads and downloads that stream. */
export class PocketBaseFiles {
  readonly #connection: Connection;
  #token: { value: Promise<string>; until: number } | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Makes a record with a file and answers its id. Throws `CHAPTER_NOT_FOUND` or `BOOK_NOT_FOUND` when what it belongs
   * to is gone, `STORE_REFUSED`, `STORE_UNREACHABLE`.
   */
  async upload(
    collection: string,
    fields: Readonly<Record<string, string | number>>,
    fileField: string,
    file: UploadFile,
  ): Promise<string> {
    // Signs in when that is due: a body that is a stream cannot be sent a second time.
    await this.#connection.call("POST", "/api/files/token");
    const { headers, body } = multipart(fields, fileField, file);
    const answer = await this.#request(`/api/collections/${collection}/records?fields=id`, {
      method: "POST",
      headers: { ...headers, authorization: this.#connection.sdk.authStore.token },
      body,
    });
    const text = await answer.body.text().catch(unreachable);
    if (answer.statusCode === 200) return (JSON.parse(text) as { id: string }).id;
    throw refusal(collection, answer.statusCode, text);
  }

  /**
   * The body of a record's file, or of one range of it; null when it is not there (any more). Ending the stream early
   * ends the request. Throws `STORE_REFUSED`, `STORE_UNREACHABLE`.
   */
  async download(collection: string, id: string, file: string, range: ByteRange | null): Promise<Download | null> {
    const path = `/api/files/${collection}/${id}/${encodeURIComponent(file)}`;
    let answer = await this.#get(path, range);
    if (answer.statusCode === 404) {
      // A token that is no longer good looks like a file that is not there.
      this.#token = null;
      await answer.body.dump();
      answer = await this.#get(path, range);
    }
    if (answer.statusCode === (range ? 206 : 200)) {
      // Ending the stream early is an error to undici, and nobody may be listening by then.
      answer.body.on("error", () => {});
      return { length: Number(answer.headers["content-length"] ?? 0), body: answer.body };
    }
    await answer.body.dump();
    if (answer.statusCode === 404) return null;
    throw new ChapterhouseError("STORE_REFUSED", `${collection}/${id}: HTTP ${answer.statusCode}`);
  }

  async #get(path: string, range: ByteRange | null) {
    const headers = range ? { range: `bytes=${range.start}-${range.end}` } : {};
    return this.#request(`${path}?token=${await this.#fileToken()}`, { headers });
  }

  #request(path: string, options: Parameters<typeof request>[1]) {
    return request(this.#connection.url + path, options).catch(unreachable);
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

/** PocketBase names the fields it did not like; one of a relation says that the record it points to is not there. */
const refusal = (collection: string, status: number, text: string): ChapterhouseError => {
  const data = status === 400 ? (JSON.parse(text) as { data?: Record<string, { code?: string }> }).data : undefined;
  const missing = (field: string) => data?.[field]?.code === "validation_missing_rel_records";
  if (missing("chapter")) return new ChapterhouseError("CHAPTER_NOT_FOUND", "No such chapter");
  if (missing("book")) return new ChapterhouseError("BOOK_NOT_FOUND", "No such book");
  const details = { status, data: data ?? null };
  return new ChapterhouseError("STORE_REFUSED", `Uploading to ${collection}: HTTP ${status}`, { details });
};

const unreachable = (cause: unknown): never => {
  throw new ChapterhouseError("STORE_UNREACHABLE", "PocketBase does not answer for a file", { cause });
};
