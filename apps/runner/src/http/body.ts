import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { ChapterhouseError } from "@chapterhouse/domain";

const decoderFor = (encoding: string) => {
  switch (encoding.trim().toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    case "":
    case "identity":
      return new PassThrough();
    default:
      throw new ChapterhouseError("NOT_HTML", `Content-Encoding ${encoding} was not asked for`);
  }
};

/**
 * The whole body, decompressed. Reads no further than `maxBytes` of the decompressed text (`RESPONSE_TOO_LARGE`), so
 * that a small answer cannot unpack into memory.
 */
export const readBody = async (body: Readable, contentEncoding: string, maxBytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  await pipeline(body, decoderFor(contentEncoding), async (decoded: AsyncIterable<Buffer>) => {
    for await (const chunk of decoded) {
      size += chunk.length;
      if (size > maxBytes) {
        throw new ChapterhouseError("RESPONSE_TOO_LARGE", `More than ${maxBytes} bytes`, { details: { maxBytes } });
      }
      chunks.push(chunk);
    }
  });
  return Buffer.concat(chunks);
};
