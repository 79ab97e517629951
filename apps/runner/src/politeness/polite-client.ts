import { ChapterhouseError, hostLane } from "@chapterhouse/domain";
import type { Lanes } from "@chapterhouse/taskqueue";
import type { HttpClient, HttpResponse } from "../http/client.ts";
import { decodeHtml } from "../http/charset.ts";
import { refusalOf } from "../http/refusal.ts";
import { Robots, robotsFailure } from "./robots.ts";
import { sleepUntil } from "./sleep-until.ts";

const MAX_BYTES = 10 * 1024 * 1024;
/** What RFC 9309 asks crawlers to read at least; what stands beyond it in a longer file is not read. */
const ROBOTS_BYTES = 512 * 1024;
/** Slots are this much further apart than asked for, so that requests which travel unequally fast still arrive apart. */
const TRAVEL_MS = 50;
const HTML = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1";

/** On whose behalf a site is asked: the fleet's lanes and the task's signal. */
export interface Visit {
  readonly lanes: Lanes;
  readonly signal: AbortSignal;
}

export interface PoliteClientOptions {
  readonly http: HttpClient;
  /** Least time between two requests to one host, over all runners; 0 turns the clock off. */
  readonly minGapMs: number;
  readonly now: () => number;
}

/**
 * Asks sites as they wish to be asked: robots.txt first, each request in a slot of its host's lane, and a host that
 * wants fewer requests has its lane blocked until it wants to be asked again (`RATE_LIMITED`).
 * Throws `ROBOTS_DENIED`, `ROBOTS_UNREACHABLE`, what the answer stands for, and what the HTTP client throws.
 */
export class PoliteClient {
  readonly #http: HttpClient;
  readonly #minGapMs: number;
  readonly #now: () => number;
  readonly #robots: Robots;
  readonly #configured = new Map<string, number>();

  constructor({ http, minGapMs, now }: PoliteClientOptions) {
    this.#http = http;
    this.#minGapMs = minGapMs;
    this.#now = now;
    this.#robots = new Robots(now);
  }

  /** A page's address after redirects and its decoded text. Throws `NOT_HTML` for anything else. */
  async page(url: URL, visit: Visit): Promise<{ url: URL; html: string }> {
    const response = await this.#get(url, visit, HTML);
    const type = response.headers["content-type"] ?? "";
    if (!/^\s*(?:text\/html|application\/xhtml\+xml|text\/plain|$)/i.test(type)) {
      throw new ChapterhouseError("NOT_HTML", `${url.href} is ${type.slice(0, 100)}`, {
        details: { url: url.href, type },
      });
    }
    return { url: response.url, html: decodeHtml(response.body, type) };
  }

  /** Throws `NOT_HTML` when the answer is no image. */
  async image(url: URL, visit: Visit): Promise<{ bytes: Buffer; mimeType: string }> {
    const response = await this.#get(url, visit, "image/*");
    const mimeType = (response.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
    if (!mimeType.startsWith("image/") || response.body.length === 0) {
      throw new ChapterhouseError("NOT_HTML", `${url.href} is no image`, {
        details: { url: url.href, type: mimeType },
      });
    }
    return { bytes: response.body, mimeType };
  }

  /** Waits until the host may be asked for `url`, as its robots.txt and its lane say. */
  async admit(url: URL, visit: Visit): Promise<void> {
    const gapMs = await this.#gapFor(url, visit);
    await this.#slot(url, gapMs, visit);
  }

  /** Throws `ROBOTS_DENIED`; takes no slot of its own. */
  async mayFetch(url: URL, visit: Visit): Promise<void> {
    await this.#gapFor(url, visit);
  }

  async #get(url: URL, visit: Visit, accept: string): Promise<HttpResponse> {
    const { signal } = visit;
    const beforeHop = (hop: URL) => this.admit(hop, visit);
    return this.#checked(await this.#http.get(url, { signal, accept, maxBytes: MAX_BYTES, beforeHop }), visit);
  }

  /** Leaves a host alone for as long as its refusal asks; other refusals are not about the whole host. */
  async heed({ code, details, message }: ChapterhouseError, { lanes }: Visit): Promise<void> {
    if (code !== "RATE_LIMITED") return;
    const until = this.#now() + Number(details["retryAfterMs"]);
    await lanes.blockLane(hostLane(String(details["url"])), until, message);
  }

  async #checked(response: HttpResponse, visit: Visit): Promise<HttpResponse> {
    const refusal = refusalOf(response, this.#now());
    if (refusal === null) return response;
    await this.heed(refusal, visit);
    throw refusal;
  }

  async #gapFor(url: URL, visit: Visit): Promise<number> {
    const { allowed, delayMs } = await this.#robots.verdict(url, visit.signal, (address) =>
      this.#fetchRobots(address, visit),
    );
    const gapMs = Math.max(this.#minGapMs, delayMs);
    await this.#configure(hostLane(url), gapMs, visit.lanes);
    if (allowed) return gapMs;
    throw new ChapterhouseError("ROBOTS_DENIED", `${url.host} asks robots not to read ${url.pathname}`, {
      details: { url: url.href },
    });
  }

  async #fetchRobots(address: URL, visit: Visit): Promise<string | null> {
    try {
      const beforeHop = (hop: URL) => this.#slot(hop, this.#minGapMs, visit);
      const options = { signal: visit.signal, accept: "text/plain,*/*;q=0.1", maxBytes: MAX_BYTES, beforeHop };
      const response = await this.#http.get(address, options);
      if (response.status >= 400 && response.status < 500 && response.status !== 429) return null;
      const { body } = await this.#checked(response, visit);
      return body.subarray(0, ROBOTS_BYTES).toString("utf8");
    } catch (error) {
      visit.signal.throwIfAborted();
      throw robotsFailure(error, address);
    }
  }

  async #slot(url: URL, gapMs: number, visit: Visit): Promise<void> {
    visit.signal.throwIfAborted();
    if (gapMs === 0) return;
    await sleepUntil(await visit.lanes.reserveSlot(hostLane(url), gapMs + TRAVEL_MS), this.#now, visit.signal);
  }

  async #configure(lane: string, gapMs: number, lanes: Lanes): Promise<void> {
    if (this.#configured.get(lane) === gapMs) return;
    await lanes.configureLane(lane, { concurrency: 1, gapMs });
    // The slot of robots.txt itself was as long as our floor: this one is left empty, so that the site's wish holds
    // from the first page on.
    if (gapMs > this.#minGapMs) await lanes.reserveSlot(lane, gapMs);
    this.#configured.set(lane, gapMs);
  }
}
