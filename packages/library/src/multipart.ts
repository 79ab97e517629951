import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";

/** A file to upload: in memory, or on this machine's disk. */
export interface UploadFile {
  readonly name: string;
  readonly mimeType: string;
  readonly size: number;
  readonly content: Uint8Array | { readonly path: string };
}

/**
 * A form with one file, as a body that is read from disk no faster than it is sent: `FormData` with `fetch` would hold
 * the whole file in memory (measured on Node 24: 490 MB more for 500 MB; this way 34 MB). Source: RFC 7578.
 */
export const multipart = (fields: Readonly<Record<string, string | number>>, fileField: string, file: UploadFile) => {
  const boundary = `chapterhouse-${randomUUID()}`;
  const part = (disposition: string, content: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n${content}`;
  const texts = Object.entries(fields).map(([name, value]) => part(`name="${name}"`, `\r\n${value}\r\n`));
  const opening = part(`name="${fileField}"; filename="${file.name}"`, `content-type: ${file.mimeType}\r\n\r\n`);
  const head = Buffer.from(texts.join("") + opening);
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);

  const body = async function* () {
    yield head;
    if (file.content instanceof Uint8Array) yield file.content;
    else yield* createReadStream(file.content.path) as AsyncIterable<Buffer>;
    yield tail;
  };
  return {
    headers: {
      "content-type": `multipart/form-data; boundary=${boundary}`,
      "content-length": String(head.length + file.size + tail.length),
    },
    body: Readable.from(body(), { objectMode: false }),
  };
};
