import { ChapterhouseError } from "@chapterhouse/domain";
import type { StoredFile } from "@chapterhouse/library";
import type { FastifyReply, FastifyRequest } from "fastify";

const matches = (header: string, etag: string): boolean =>
  header === "*" || header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);

/** Whether the caller has this version already. Source: RFC 9110, section 13.1.2. */
export const isFresh = (request: FastifyRequest, etag: string): boolean => {
  const header = request.headers["if-none-match"];
  return header !== undefined && matches(header, etag);
};

/** The Range header, unless the caller's part is of another version (If-Range): then it gets the whole. */
export const wantedRange = (request: FastifyRequest, etag: string): string | null => {
  const condition = request.headers["if-range"];
  return condition === undefined || condition === etag ? (request.headers.range ?? null) : null;
};

/**
 * Streams a stored file with what HTTP says about it. The store is read as fast as the caller takes it; a caller who
 * goes away ends the reading (Fastify destroys the stream). HEAD answers the same without reading.
 */
export const sendFile = async (
  file: StoredFile,
  request: FastifyRequest,
  reply: FastifyReply,
  cacheControl: string,
): Promise<FastifyReply> => {
  void reply.headers({ etag: file.etag, "accept-ranges": "bytes", "cache-control": cacheControl });
  const done = (status: number) => {
    file.body.destroy();
    return reply.code(status).send();
  };
  if (file.contentRange !== null) void reply.header("content-range", file.contentRange);
  if (file.status === 416) {
    file.body.destroy();
    throw new ChapterhouseError("RANGE_NOT_SATISFIABLE", "The file is shorter than that");
  }
  if (isFresh(request, file.etag)) return done(304);
  void reply.headers({ "content-type": file.mimeType, "content-length": file.length });
  if (request.method === "HEAD") return done(file.status);
  return reply.code(file.status).send(file.body);
};
