/**
 * Every failure a caller or an operator can meet, by its stable code. One table says what each means for HTTP
 * (`status`) and for a task (`retry`): `later` gives the attempt back, `again` spends one, `never` fails the task.
 */
export const ERRORS = {
  // Requests
  BAD_REQUEST: { status: 400, retry: "never" },
  BAD_URL: { status: 422, retry: "never" },
  ADDRESS_REFUSED: { status: 422, retry: "never" },
  HOST_UNRESOLVED: { status: 422, retry: "again" },
  RANGE_BACKWARDS: { status: 422, retry: "never" },
  VOICE_UNKNOWN: { status: 422, retry: "never" },
  BODY_TOO_LARGE: { status: 413, retry: "never" },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retry: "never" },
  UNAUTHORIZED: { status: 401, retry: "never" },
  FORBIDDEN: { status: 403, retry: "never" },
  ROUTE_NOT_FOUND: { status: 404, retry: "never" },
  TASK_NOT_FOUND: { status: 404, retry: "never" },
  BOOK_NOT_FOUND: { status: 404, retry: "never" },
  CHAPTER_NOT_FOUND: { status: 404, retry: "never" },
  CHAPTER_NOT_STORED: { status: 409, retry: "never" },
  NARRATION_NOT_FOUND: { status: 404, retry: "never" },
  COVER_NOT_FOUND: { status: 404, retry: "never" },
  RANGE_NOT_SATISFIABLE: { status: 416, retry: "never" },
  TASK_NOT_CANCELLABLE: { status: 409, retry: "never" },
  API_KEY_NOT_FOUND: { status: 404, retry: "never" },
  API_KEY_EXISTS: { status: 409, retry: "never" },
  FOLLOW_NOT_FOUND: { status: 404, retry: "never" },
  TOO_MANY_CLIENTS: { status: 503, retry: "later" },
  TOO_MANY_REQUESTS: { status: 429, retry: "again" },
  // Adding tasks. `details.seed` carries the code that Graphile Worker and KongTask use for the same.
  KIND_INVALID: { status: 400, retry: "never" },
  LANE_INVALID: { status: 400, retry: "never" },
  KEY_INVALID: { status: 400, retry: "never" },
  KEY_MODE_INVALID: { status: 400, retry: "never" },
  MAX_ATTEMPTS_INVALID: { status: 400, retry: "never" },
  PAYLOAD_INVALID: { status: 422, retry: "never" },
  KIND_DISABLED: { status: 409, retry: "later" },
  DEFINITION_NOT_FOUND: { status: 404, retry: "never" },
  // The queue
  LEASE_LOST: { status: 409, retry: "never" },
  NO_HANDLER: { status: 500, retry: "never" },
  POISONED: { status: 500, retry: "never" },
  TIME_LIMIT: { status: 504, retry: "again" },
  FAILED_BY_OPERATOR: { status: 409, retry: "never" },
  LANE_NOT_FOUND: { status: 404, retry: "never" },
  RUNNER_NOT_FOUND: { status: 404, retry: "never" },
  RUNNER_ALIVE: { status: 409, retry: "never" },
  CRON_INVALID: { status: 422, retry: "never" },
  CRON_NOT_FOUND: { status: 404, retry: "never" },
  CANCELLED: { status: 409, retry: "never" },
  CHILDREN_FAILED: { status: 500, retry: "never" },
  STEP_FAILED: { status: 500, retry: "again" },
  STEPS_FAILED: { status: 500, retry: "never" },
  RUNNER_STOPPING: { status: 503, retry: "later" },
  // Scraping
  BLOCKED_CHALLENGE: { status: 502, retry: "never" },
  LOGIN_REQUIRED: { status: 502, retry: "never" },
  ACCESS_DENIED: { status: 502, retry: "never" },
  RATE_LIMITED: { status: 502, retry: "later" },
  ROBOTS_DENIED: { status: 502, retry: "never" },
  ROBOTS_UNREACHABLE: { status: 502, retry: "again" },
  NOT_FOUND: { status: 502, retry: "never" },
  EMPTY_BODY: { status: 502, retry: "again" },
  DUPLICATE_BODY: { status: 502, retry: "again" },
  LAYOUT_CHANGED: { status: 502, retry: "never" },
  NO_CHAPTERS: { status: 502, retry: "never" },
  UPSTREAM_ERROR: { status: 502, retry: "again" },
  UPSTREAM_UNREACHABLE: { status: 502, retry: "again" },
  UPSTREAM_TRUNCATED: { status: 502, retry: "again" },
  UPSTREAM_TIMEOUT: { status: 504, retry: "again" },
  RESPONSE_TOO_LARGE: { status: 502, retry: "never" },
  NOT_HTML: { status: 502, retry: "never" },
  TOO_MANY_REDIRECTS: { status: 502, retry: "never" },
  BROWSER_MISSING: { status: 500, retry: "never" },
  BROWSER_FAILED: { status: 502, retry: "again" },
  // Speech
  ENGINE_FAILED: { status: 502, retry: "again" },
  ENGINE_REFUSED: { status: 502, retry: "again" },
  ENGINE_TIMEOUT: { status: 504, retry: "again" },
  ENGINE_TRUNCATED: { status: 502, retry: "again" },
  ENGINE_EMPTY: { status: 502, retry: "again" },
  TEXT_EMPTY: { status: 422, retry: "never" },
  AUDIO_INVALID: { status: 502, retry: "again" },
  // The platform
  SERVER_UNREACHABLE: { status: 503, retry: "later" },
  STORE_UNREACHABLE: { status: 503, retry: "later" },
  STORE_REFUSED: { status: 500, retry: "again" },
  CONFIG_INVALID: { status: 500, retry: "never" },
  BINARY_UNTRUSTED: { status: 500, retry: "never" },
  INTERNAL: { status: 500, retry: "again" },
} as const satisfies Record<string, { status: number; retry: "later" | "again" | "never" }>;

export type ErrorCode = keyof typeof ERRORS;

/** Facts about a failure that a caller can act on. JSON values only; never a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The one error class: told apart by `code`, never by its text. Keep the underlying error as `cause`. */
export class ChapterhouseError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  override readonly name = "ChapterhouseError";

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** The error itself when it carries a code, else `INTERNAL` around it, whatever was thrown. */
export const toChapterhouseError = (error: unknown): ChapterhouseError => {
  if (error instanceof ChapterhouseError) return error;
  return new ChapterhouseError("INTERNAL", messageOf(error), { cause: error });
};

/** Anything can be thrown: an object without a prototype has no text, and a message need not be one. */
const messageOf = (thrown: unknown): string => {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return "What was thrown has no text";
  }
};

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);
