import { ChapterhouseError } from "@chapterhouse/domain";
import { type HtmlPage, parsePage } from "./html-page.ts";
import type { PoliteClient, Visit } from "../politeness/polite-client.ts";
import type { PageKind } from "../sources/schema.ts";
import type { Browser } from "./browser.ts";

/** What was read from a page, and whether that is all a reader would expect of it. */
export interface Reading<T> {
  readonly value: T;
  readonly enough: boolean;
}

/** What of the browser is used here. */
export type BrowserPages = Pick<Browser, "open">;

export interface PagesOptions {
  readonly client: PoliteClient;
  readonly browser: BrowserPages;
  readonly now: () => number;
}

/** For this long a site whose pages needed the browser is opened in it at once, without asking twice for each page. */
const REMEMBERED_MS = 10 * 60_000;

/**
 * Pages by HTTP first. Where the page lacks what is looked for and has scripts that may bring it, the browser opens it;
 * a page without scripts is taken at its word. Throws what the polite client and the browser throw.
 */
export class Pages {
  readonly #client: PoliteClient;
  readonly #browser: BrowserPages;
  readonly #now: () => number;
  readonly #scripted = new Map<string, number>();

  constructor({ client, browser, now }: PagesOptions) {
    this.#client = client;
    this.#browser = browser;
    this.#now = now;
  }

  async read<T>(url: URL, kind: PageKind, visit: Visit, read: (page: HtmlPage) => Reading<T>): Promise<T> {
    const place = `${kind} ${url.host}`;
    if ((this.#scripted.get(place) ?? 0) < this.#now()) {
      const plain = await this.#client.page(url, visit);
      const page = parsePage(plain.url, plain.html);
      const reading = read(page);
      if (reading.enough || !hasScripts(page)) return reading.value;
    }
    const filled = await this.#open(url, visit);
    const reading = read(parsePage(filled.url, filled.html));
    if (reading.enough) this.#scripted.set(place, this.#now() + REMEMBERED_MS);
    else this.#scripted.delete(place);
    return reading.value;
  }

  image(url: URL, visit: Visit): Promise<{ bytes: Buffer; mimeType: string }> {
    return this.#client.image(url, visit);
  }

  async #open(url: URL, visit: Visit): Promise<{ url: URL; html: string }> {
    try {
      return await this.#browser.open(url, {
        signal: visit.signal,
        admit: (asked, counts) => (counts ? this.#client.admit(asked, visit) : this.#client.mayFetch(asked, visit)),
      });
    } catch (error) {
      if (error instanceof ChapterhouseError) await this.#client.heed(error, visit);
      throw error;
    }
  }
}

const hasScripts = (page: HtmlPage): boolean => page.$('script:not([type="application/ld+json" i])').length > 0;
