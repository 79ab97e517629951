import type { Socket } from "node:net";
import { ChapterhouseError, type ErrorCode } from "@chapterhouse/domain";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";

interface ErrorAnswer {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const HIDDEN: Partial<Record<ErrorCode, string>> = {
  STORE_UNREACHABLE: "The store does not answer at the moment; try again soon",
};

/** What a caller may know: from 500 up the message stays in the log, found by the request's id. */
export const errorAnswer = (error: ChapterhouseError, requestId: string): ErrorAnswer => {
  const { code, message, details, status } = error;
  if (status < 500) return { code, message, details };
  return { code, message: HIDDEN[code] ?? "Something went wrong here; the log says what", details: { requestId } };
};

const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "BODY_TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
};

/** Any error as one with a code of ours. */
export const toCoded = (error: unknown): ChapterhouseError => {
  if (error instanceof ChapterhouseError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map(({ instancePath, message }) => ({ path: instancePath, message }));
    const where = error.validationContext ?? "request";
    const first = issues[0] ? `: ${issues[0].path} ${issues[0].message}` : "";
    return new ChapterhouseError("BAD_REQUEST", `The ${where} is not as it should be${first}`, {
      details: { in: where, issues },
    });
  }
  const { code = "", statusCode = 500, message } = error as Partial<FastifyError>;
  const known = FASTIFY_CODES[code];
  if (known) return new ChapterhouseError(known, message ?? known, { cause: error });
  if (statusCode >= 400 && statusCode < 500) {
    return new ChapterhouseError("BAD_REQUEST", message ?? "Bad request", { cause: error });
  }
  return new ChapterhouseError("INTERNAL", message ?? String(error), { cause: error });
};

/**
 * Closing at once, as Fastify would, breaks the sender's writing before it reads our answer. The rest is read and
 * thrown away instead; REQUEST_MS bounds how long that may take.
 */
const readToItsEnd = (request: FastifyRequest, reply: FastifyReply): void => {
  reply.removeHeader("connection");
  request.raw.resume();
};

export const sendError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const coded = toCoded(error);
  if (coded.status >= 500) request.log.error({ err: error, code: coded.code }, "request failed");
  const retryAfter = coded.details["retryAfterSeconds"];
  if (typeof retryAfter === "number") void reply.header("retry-after", retryAfter);
  if (coded.code === "UNAUTHORIZED") void reply.header("www-authenticate", 'Bearer realm="chapterhouse"');
  if (coded.code === "BODY_TOO_LARGE") readToItsEnd(request, reply);
  // No zod serializer here: whatever schema the route has for this status, the one error shape goes out.
  return reply
    .code(coded.status)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(errorAnswer(coded, request.id)));
};

/** Bytes on the wire that are no HTTP: answered in the same shape, then the connection ends. */
export const answerBrokenRequest = (error: Error & { code?: string }, socket: Socket): void => {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === "HPE_HEADER_OVERFLOW";
  const message = tooLarge ? "The request's headers are too large" : "This is not an HTTP request";
  const body = JSON.stringify({ code: "BAD_REQUEST", message, details: {} } satisfies ErrorAnswer);
  const head = [
    tooLarge ? "HTTP/1.1 431 Request Header Fields Too Large" : "HTTP/1.1 400 Bad Request",
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
};
