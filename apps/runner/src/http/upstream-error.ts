import { ChapterhouseError, type ErrorCode } from "@chapterhouse/domain";

const TIMEOUTS = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"]);
/** The answer had begun, or the connection broke while it was due: what came is not the whole. */
const CUTS = new Set([
  "UND_ERR_SOCKET",
  "UND_ERR_ABORTED",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  "ECONNRESET",
  "EPIPE",
  "Z_BUF_ERROR",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** Names a failed exchange with a site. `timedOut` says that our own clock ended it. Keeps our own errors. */
export const toUpstreamError = (error: unknown, url: URL, timedOut: boolean): ChapterhouseError => {
  if (error instanceof ChapterhouseError) return error;
  const code = codeOf(error) || (error instanceof Error ? codeOf(error.cause) : "");
  const named = (name: ErrorCode, message: string) =>
    new ChapterhouseError(name, `${url.host} ${message}`, { details: { url: url.href, cause: code }, cause: error });
  if (timedOut || TIMEOUTS.has(code)) return named("UPSTREAM_TIMEOUT", "took too long to answer");
  if (CUTS.has(code)) return named("UPSTREAM_TRUNCATED", "cut its answer short");
  if (code.startsWith("Z_")) return named("UPSTREAM_ERROR", "sent a broken compressed body");
  if (code.startsWith("HPE_")) return named("UPSTREAM_ERROR", "sent a malformed answer");
  return named("UPSTREAM_UNREACHABLE", "cannot be reached");
};
