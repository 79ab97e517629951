import { ChapterhouseError, checkTarget, type TargetRules } from "@chapterhouse/domain";
import { CookieJar } from "tough-cookie";
import { Agent, type Dispatcher } from "undici";
import { readBody } from "./body.ts";
import { guardedConnector } from "./guarded-connector.ts";
import { toUpstreamError } from "./upstream-error.ts";
import { unlessAborted } from "../unless-aborted.ts";

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** All in ms. `total` covers redirects and the body, not the time spent in `beforeHop`. */
export interface TimeLimits {
  readonly connect: number;
  readonly headers: number;
  /** Longest silence between two pieces of a body. */
  readonly idle: number;
  readonly total: number;
}

export const TIME_LIMITS: TimeLimits = { connect: 10_000, headers: 30_000, idle: 15_000, total: 60_000 };

export interface HttpClientOptions {
  readonly userAgent: string;
  readonly rules: TargetRules;
  readonly limits?: TimeLimits;
}

export interface GetOptions {
  readonly signal: AbortSignal;
  readonly accept: string;
  /** After decompression. Beyond it: `RESPONSE_TOO_LARGE`. */
  readonly maxBytes: number;
  /** Waited for before each request, redirects included: politeness goes here. A throw ends the whole call. */
  readonly beforeHop?: (url: URL) => Promise<void>;
}

export interface HttpResponse {
  /** After redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * The one HTTP client of all scrapes. Connects to checked addresses alone (SSRF guard), follows at most five
 * redirects, each checked again, and keeps cookies no longer than one call. Answers any status; throws typed failures:
 * `ADDRESS_REFUSED`, `HOST_UNRESOLVED`, `BAD_URL`, `TOO_MANY_REDIRECTS`, `RESPONSE_TOO_LARGE`, `UPSTREAM_UNREACHABLE`,
 * `UPSTREAM_TIMEOUT`, `UPSTREAM_TRUNCATED`; the signal's reason when it was aborted.
 */
export class HttpClient {
  readonly userAgent: string;
  readonly #agent: Agent;
  readonly #rules: TargetRules;
  readonly #limits: TimeLimits;

  constructor({ userAgent, rules, limits = TIME_LIMITS }: HttpClientOptions) {
    this.userAgent = userAgent;
    this.#rules = rules;
    this.#limits = limits;
    this.#agent = new Agent({
      connect: guardedConnector(rules, limits.connect),
      headersTimeout: limits.headers,
      bodyTimeout: limits.idle,
      allowH2: false,
    });
  }

  async get(target: URL, options: GetOptions): Promise<HttpResponse> {
    const cookies = new CookieJar();
    let url = target;
    let left = this.#limits.total;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      await unlessAborted(checkTarget(url, this.#rules), options.signal);
      await options.beforeHop?.(url);
      options.signal.throwIfAborted();
      const startedAt = performance.now();
      const response = await this.#hop(url, cookies, left, options);
      left -= performance.now() - startedAt;
      const next = redirectOf(response);
      if (next === null) return response;
      url = next;
    }
    throw new ChapterhouseError("TOO_MANY_REDIRECTS", `More than ${MAX_REDIRECTS} redirects from ${target.href}`, {
      details: { url: target.href },
    });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #hop(url: URL, cookies: CookieJar, left: number, options: GetOptions): Promise<HttpResponse> {
    const clock = AbortSignal.timeout(Math.max(1, Math.ceil(left)));
    const signal = AbortSignal.any([options.signal, clock]);
    try {
      const cookie = await cookies.getCookieString(url.href);
      const answer = await this.#agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: "GET",
        headers: {
          "user-agent": this.userAgent,
          accept: options.accept,
          "accept-encoding": "gzip, deflate, br",
          ...(cookie ? { cookie } : {}),
        },
        signal,
      });
      for (const line of [answer.headers["set-cookie"] ?? []].flat()) {
        await cookies.setCookie(line, url.href, { ignoreError: true });
      }
      const headers = flatten(answer.headers);
      if (REDIRECTS.has(answer.statusCode) && headers["location"]) {
        answer.body.on("error", () => {}).destroy();
        return { url, status: answer.statusCode, headers, body: Buffer.alloc(0) };
      }
      const body = await readBody(answer.body, headers["content-encoding"] ?? "", options.maxBytes);
      return { url, status: answer.statusCode, headers, body };
    } catch (error) {
      options.signal.throwIfAborted();
      throw toUpstreamError(error, url, clock.aborted);
    }
  }
}

const flatten = (headers: Dispatcher.ResponseData["headers"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );

const redirectOf = (response: HttpResponse): URL | null => {
  const location = response.headers["location"];
  if (!REDIRECTS.has(response.status) || !location) return null;
  const url = URL.canParse(location, response.url.href) ? new URL(location, response.url) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new ChapterhouseError("BAD_URL", `${response.url.href} redirects to ${location.slice(0, 200)}`, {
      details: { url: response.url.href, location: location.slice(0, 2048) },
    });
  }
  return url;
};
