import { ChapterhouseError, toChapterhouseError } from "@chapterhouse/domain";
import robotsParser, { type Robot } from "robots-parser";
import { unlessAborted } from "../unless-aborted.ts";

/** The package's types describe an ES module, what it ships is CommonJS: its default import is the function. */
const parseRobots = robotsParser as unknown as (url: string, text: string) => Robot;

/** The product token that groups of a robots.txt are matched by. */
export const ROBOTS_AGENT = "Chapterhouse";
const KEPT_MS = 3_600_000;
const LONGEST_DELAY_MS = 60_000;

/** Fetches one robots.txt: its text, or null where the site has none (4xx). Throws when the site cannot say. */
export type FetchRobots = (url: URL) => Promise<string | null>;

export interface RobotsVerdict {
  readonly allowed: boolean;
  /** The site's Crawl-delay, at most a minute; 0 when it names none. */
  readonly delayMs: number;
}

/**
 * What sites' robots.txt say, kept for an hour per origin. RFC 9309: a missing file allows everything, one that cannot
 * be read for now (5xx, no answer) allows nothing: `ROBOTS_UNREACHABLE`. Failures are not kept.
 */
export class Robots {
  readonly #known = new Map<string, { until: number; robot: Promise<Robot> }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async verdict(url: URL, signal: AbortSignal, fetch: FetchRobots): Promise<RobotsVerdict> {
    const robot = await unlessAborted(this.#robotOf(url, signal, fetch), signal);
    const delay = robot.getCrawlDelay(ROBOTS_AGENT) ?? 0;
    return {
      allowed: robot.isAllowed(url.href, ROBOTS_AGENT) !== false,
      delayMs: Math.min(LONGEST_DELAY_MS, Math.max(0, Math.round(delay * 1000))),
    };
  }

  async #robotOf(url: URL, signal: AbortSignal, fetch: FetchRobots): Promise<Robot> {
    const known = this.#known.get(url.origin);
    if (known && known.until > this.#now()) {
      // It may have been asked for on behalf of a task that was cancelled: then this one asks for itself.
      const robot = await known.robot.catch(() => null);
      if (robot !== null) return robot;
      // It may have been this one.
      signal.throwIfAborted();
    }
    const address = new URL("/robots.txt", url);
    const robot = fetch(address).then((text) => parseRobots(address.href, text ?? ""));
    const entry = { until: this.#now() + KEPT_MS, robot };
    this.#known.set(url.origin, entry);
    return robot.catch((error: unknown) => {
      if (this.#known.get(url.origin) === entry) this.#known.delete(url.origin);
      throw error;
    });
  }
}

/** Names a failure to read robots.txt. A rate limit, a refused address and our own end stay what they are. */
export const robotsFailure = (error: unknown, url: URL): ChapterhouseError => {
  const known = toChapterhouseError(error);
  if (!["UPSTREAM_ERROR", "UPSTREAM_UNREACHABLE", "UPSTREAM_TIMEOUT", "UPSTREAM_TRUNCATED"].includes(known.code)) {
    return known;
  }
  return new ChapterhouseError("ROBOTS_UNREACHABLE", `${url.host} does not say what its robots.txt allows`, {
    details: { url: url.href, because: known.code },
    cause: error,
  });
};
