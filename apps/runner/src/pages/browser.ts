import { setTimeout as sleep } from "node:timers/promises";
import { ChapterhouseError, checkTarget, type TargetRules } from "@chapterhouse/domain";
import type { Browser as Chromium, BrowserContext, Page, Response, Route } from "playwright-core";
import { refusalOf } from "../http/refusal.ts";
import { unlessAborted } from "../unless-aborted.ts";
import type { FoundChromium } from "./find-chromium.ts";
import { type GuardProxy, startGuardProxy } from "./guard-proxy.ts";

const IDLE_MS = 60_000;
const PAGE_MS = 45_000;
/** A page is taken once its network is quiet, at the latest after this. Its own requests may wait for slots meanwhile. */
const SETTLE_MS = 20_000;
/** For reading a page that has settled: one whose script never rests answers nothing, and nothing else ends the wait. */
const READ_MS = 10_000;
/** UTF-16 units, as generous as the HTTP client's limit. */
const LONGEST = 10 * 1024 * 1024;
const UNREAD = new Set(["image", "media", "font", "stylesheet"]);
/** Requests that bring text. Scripts are parts of their page and wait for no slot of their own. */
const COUNTED = new Set(["document", "xhr", "fetch"]);

export interface BrowserOptions {
  readonly find: () => Promise<FoundChromium>;
  readonly rules: TargetRules;
  readonly userAgent: string;
  readonly now: () => number;
  /** After this long without a page the browser is closed. Default one minute. */
  readonly idleMs?: number;
  /** Longest wait for a page's network to be quiet, then for its markup. Default 20 and 10 seconds. */
  readonly settleMs?: number;
  readonly readMs?: number;
}

export interface OpenOptions {
  readonly signal: AbortSignal;
  /**
   * Waited for before the page's own request and each one to the same site; `counts` for those that bring text.
   * A throw refuses that request.
   */
  readonly admit: (url: URL, counts: boolean) => Promise<void>;
}

interface Running {
  readonly chromium: Chromium;
  readonly proxy: GuardProxy;
}

/**
 * One Chromium of a runner, started at the first page and closed when idle. Each page has a context of its own, loads
 * no pictures, media, fonts or style sheets, and reaches the network through the guard's proxy alone. Throws `BROWSER_MISSING`,
 * `BROWSER_FAILED`, `UPSTREAM_TIMEOUT`, what `admit` throws for the page itself, and what its answer stands for.
 */
export class Browser {
  readonly #options: BrowserOptions;
  #running: Promise<Running> | null = null;
  #pages = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: BrowserOptions) {
    this.#options = options;
  }

  async open(url: URL, options: OpenOptions): Promise<{ url: URL; html: string }> {
    await unlessAborted(checkTarget(url, this.#options.rules), options.signal);
    clearTimeout(this.#idle);
    this.#pages++;
    try {
      const running = await unlessAborted(this.#start(), options.signal);
      return await this.#visit(running.chromium, url, options);
    } finally {
      this.#pages--;
      if (this.#pages === 0) this.#closeLater();
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const running = this.#running;
    this.#running = null;
    const found = await running?.catch(() => null);
    await found?.chromium.close().catch(() => {});
    await found?.proxy.close();
  }

  #closeLater(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), this.#options.idleMs ?? IDLE_MS).unref();
  }

  #start(): Promise<Running> {
    this.#running ??= this.#launch().catch((error: unknown) => {
      this.#running = null;
      throw error;
    });
    return this.#running;
  }

  async #launch(): Promise<Running> {
    const found = await this.#options.find();
    const proxy = await startGuardProxy(this.#options.rules);
    // Chromium's own sandbox does not work for root, and only for root is it given up.
    const asRoot = process.getuid?.() === 0;
    const { chromium } = await import("playwright-core");
    try {
      const browser = await chromium.launch({
        executablePath: found.path,
        headless: true,
        args: [
          ...found.args,
          "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
          ...(asRoot ? ["--no-sandbox"] : []),
        ],
        chromiumSandbox: !asRoot,
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
        // Loopback too goes through the guard: it is the allow-list that opens it.
        proxy: { server: proxy.url, bypass: "<-loopback>" },
      });
      browser.once("disconnected", () => {
        this.#running = null;
        void proxy.close();
      });
      return { chromium: browser, proxy };
    } catch (cause) {
      await proxy.close();
      throw new ChapterhouseError("BROWSER_FAILED", `Chromium does not start: ${found.path}`, {
        details: { path: found.path },
        cause,
      });
    }
  }

  async #visit(browser: Chromium, url: URL, options: OpenOptions): Promise<{ url: URL; html: string }> {
    let context: BrowserContext | undefined;
    const close = () => void context?.close().catch(() => {});
    options.signal.addEventListener("abort", close, { once: true });
    let refused: unknown;
    try {
      context = await browser.newContext({
        userAgent: this.#options.userAgent,
        serviceWorkers: "block",
        acceptDownloads: false,
      });
      options.signal.throwIfAborted();
      await context.route("**/*", (route) =>
        this.#route(route, url, options).catch((error: unknown) => {
          refused ??= error;
        }),
      );
      const page = await context.newPage();
      page.setDefaultTimeout(PAGE_MS);
      const answer = await page.goto(url.href, { waitUntil: "domcontentloaded" });
      await this.#refuse(answer);
      await page.waitForLoadState("networkidle", { timeout: this.#options.settleMs ?? SETTLE_MS }).catch(() => {});
      return { url: new URL(page.url()), html: await readPage(page, url, this.#options.readMs ?? READ_MS) };
    } catch (error) {
      options.signal.throwIfAborted();
      throw named(refused ?? error, url);
    } finally {
      options.signal.removeEventListener("abort", close);
      await context?.close().catch(() => {});
    }
  }

  /** Lets a request of the page pass, or ends it. Throws why the page's own request was refused. */
  async #route(route: Route, page: URL, { admit }: OpenOptions): Promise<void> {
    const request = route.request();
    const isPage = request.isNavigationRequest() && request.frame().parentFrame() === null;
    try {
      const url = new URL(request.url());
      if (UNREAD.has(request.resourceType()) || !/^https?:$/.test(url.protocol)) return await route.abort();
      await checkTarget(url, this.#options.rules);
      if (isPage || url.host === page.host) await admit(url, COUNTED.has(request.resourceType()));
      await route.continue();
    } catch (error) {
      await route.abort("blockedbyclient").catch(() => {});
      if (isPage) throw error;
    }
  }

  async #refuse(answer: Response | null): Promise<void> {
    if (answer === null) return;
    const refusal = refusalOf(
      { url: new URL(answer.url()), status: answer.status(), headers: answer.headers(), body: await answer.body() },
      this.#options.now(),
    );
    if (refusal !== null) throw refusal;
  }
}

const readPage = async (page: Page, url: URL, readMs: number): Promise<string> => {
  const html = await Promise.race([page.content(), sleep(readMs, null, { ref: false })]);
  const details = { url: url.href };
  if (html === null) {
    throw new ChapterhouseError("UPSTREAM_TIMEOUT", `${url.host} keeps the browser busy without end`, { details });
  }
  if (html.length <= LONGEST) return html;
  throw new ChapterhouseError("RESPONSE_TOO_LARGE", `${url.host} fills its page without end`, { details });
};

const named = (error: unknown, url: URL): unknown => {
  if (error instanceof ChapterhouseError) return error;
  if (error instanceof Error && error.name === "TimeoutError") {
    return new ChapterhouseError("UPSTREAM_TIMEOUT", `${url.host} took too long in the browser`, {
      details: { url: url.href },
      cause: error,
    });
  }
  return new ChapterhouseError("BROWSER_FAILED", `The browser could not open ${url.href}`, {
    details: { url: url.href },
    cause: error,
  });
};
