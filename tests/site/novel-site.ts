import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { paragraphs } from "./prose.ts";

/** What goes wrong; may be changed while the site runs. */
export interface Faults {
  /** Chapters that answer with a challenge page. */
  challenge: readonly number[];
  /** Chapters that answer 200 without a body. */
  empty: readonly number[];
  /** Chapters whose first two answers are cut in the middle. */
  truncate: readonly number[];
  /** Every n-th answer is a 503; 0 for none. */
  failEvery: number;
  /** Every n-th answer is a 429 with Retry-After: 1; 0 for none. */
  refuseEvery: number;
  /** Chapter bodies are filled in by a script. */
  scripted: boolean;
  /** Chapters are answered only after this is resolved. */
  hold: Promise<void> | null;
  /** Where the book's page redirects to; null for nowhere. */
  redirect: string | null;
}

export interface Visit {
  readonly at: number;
  readonly path: string;
  readonly status: number;
  readonly userAgent: string;
}

export interface NovelSite extends AsyncDisposable {
  readonly url: string;
  readonly bookUrl: string;
  readonly hostPort: string;
  readonly faults: Faults;
  readonly visits: Visit[];
  /** Plain text of a chapter: what a scrape should have kept. */
  textOf(chapter: number): string;
  titleOf(chapter: number): string;
  /** Visits of chapter pages alone. */
  chapterVisits(): Visit[];
  close(): Promise<void>;
}

export interface SiteOptions {
  readonly chapters?: number;
  readonly paragraphs?: number;
  readonly pageSize?: number;
  readonly crawlDelaySeconds?: number;
  readonly faults?: Partial<Faults>;
  /** Titles, so that several sites make several books. */
  readonly title?: string;
}

const page = (title: string, main: string) => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>${title} - Quay Novels</title><style>.q9{display:none}</style></head><body>
<header><nav><a href="/">Home</a> <a href="/books">Catalogue</a></nav></header><main>${main}</main>
<div class="box-ads"><p>Advertisement: lamp oil, two for one.</p></div><footer>Quay Novels</footer></body></html>`;

class TestSite implements NovelSite {
  readonly faults: Faults;
  readonly visits: Visit[] = [];
  readonly #options: Required<Omit<SiteOptions, "faults">>;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #served = 0;
  readonly #cuts = new Map<number, number>();
  url = "";

  constructor({ faults, ...options }: SiteOptions) {
    this.#options = { chapters: 5, paragraphs: 6, pageSize: 20, crawlDelaySeconds: 0, title: "The Quay", ...options };
    this.faults = {
      challenge: [],
      empty: [],
      truncate: [],
      failEvery: 0,
      refuseEvery: 0,
      scripted: false,
      hold: null,
      redirect: null,
      ...faults,
    };
  }

  async listen(): Promise<this> {
    await new Promise<void>((listening) => this.#server.listen(0, "127.0.0.1", listening));
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    this.url = `http://127.0.0.1:${address.port}`;
    return this;
  }

  get hostPort(): string {
    return new URL(this.url).host;
  }

  get bookUrl(): string {
    return `${this.url}/book/quay`;
  }

  textOf(chapter: number): string {
    return paragraphs(chapter, this.#options.paragraphs).join("\n");
  }

  titleOf(chapter: number): string {
    return `Chapter ${chapter}: Lamp ${chapter}`;
  }

  chapterVisits(): Visit[] {
    return this.visits.filter(({ path }) => path.startsWith("/book/quay/chapter-"));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const send = (status: number, body: string, headers: Record<string, string> = {}) => {
      const userAgent = request.headers["user-agent"] ?? "";
      this.visits.push({ at: Date.now(), path: url.pathname + url.search, status, userAgent });
      response.writeHead(status, { "content-type": "text/html; charset=utf-8", ...headers }).end(body);
    };
    const refused = this.#refusal();
    if (refused === 429) return send(429, "Slow down", { "retry-after": "1" });
    if (refused === 503) return send(503, "Service unavailable");
    if (url.pathname === "/robots.txt") return send(200, this.#robots(), { "content-type": "text/plain" });
    if (url.pathname === "/" || url.pathname === "/books") return send(200, this.#catalogue());
    if (url.pathname === "/book/quay") {
      const { redirect } = this.faults;
      return redirect ? send(302, "", { location: redirect }) : send(200, this.#front());
    }
    if (url.pathname === "/book/quay/chapters") return send(200, this.#list(Number(url.searchParams.get("page") ?? 1)));
    const chapter = Number(/^\/book\/quay\/chapter-(\d+)$/.exec(url.pathname)?.[1] ?? 0);
    if (chapter < 1 || chapter > this.#options.chapters) return send(404, page("Not found", "<h1>404</h1>"));
    if (this.faults.hold) await this.faults.hold;
    if (url.searchParams.has("body")) return send(200, this.#body(chapter));
    if (this.faults.challenge.includes(chapter)) {
      return send(403, "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>");
    }
    const html = this.#chapter(chapter);
    const cuts = this.#cuts.get(chapter) ?? 0;
    if (!this.faults.truncate.includes(chapter) || cuts >= 2) return send(200, html);
    this.#cuts.set(chapter, cuts + 1);
    this.visits.push({ at: Date.now(), path: url.pathname, status: 0, userAgent: "" });
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-length": Buffer.byteLength(html) });
    response.write(html.slice(0, html.length / 2), () => response.destroy());
  }

  #refusal(): 429 | 503 | null {
    const { refuseEvery, failEvery } = this.faults;
    this.#served += 1;
    if (refuseEvery && this.#served % refuseEvery === 0) return 429;
    return failEvery && this.#served % failEvery === 0 ? 503 : null;
  }

  #robots(): string {
    const delay = this.#options.crawlDelaySeconds;
    return `User-agent: *\nDisallow: /private/\n${delay ? `Crawl-delay: ${delay}\n` : ""}`;
  }

  #catalogue(): string {
    const item = `<div class="novel-item"><h4 class="novel-title"><a href="/book/quay">${this.#options.title}</a></h4></div>`;
    return page("Catalogue", `<h1>Catalogue</h1><div class="novel-list">${item}</div>`);
  }

  #front(): string {
    return page(
      this.#options.title,
      `<div class="novel-info"><h1 class="novel-title" itemprop="name">${this.#options.title}</h1>
<div class="author">Author: <span itemprop="author">A. Wharfinger</span></div>
<div class="header-stats"><span><strong>${this.#options.chapters}</strong> Chapters</span> <span class="completed">Completed</span></div>
<div class="summary"><h4>Summary</h4><div class="content"><p>Lamps, tides and letters.</p></div></div>
<a class="chapter-list-link" href="/book/quay/chapters">Chapter list</a></div>`,
    );
  }

  #list(at: number): string {
    const { chapters, pageSize } = this.#options;
    const first = (at - 1) * pageSize + 1;
    const items = Array.from({ length: Math.max(0, Math.min(pageSize, chapters - first + 1)) }, (_, index) => {
      const n = first + index;
      return `<li><a href="/book/quay/chapter-${n}" title="${this.titleOf(n)}">${this.titleOf(n)}</a></li>`;
    });
    const next = first + pageSize <= chapters ? `<a class="page-link" rel="next" href="?page=${at + 1}">next</a>` : "";
    return page("Chapters", `<h1>Chapters</h1><ul class="chapter-list">${items.join("\n")}</ul>${next}`);
  }

  #body(chapter: number): string {
    if (this.faults.empty.includes(chapter)) return "";
    const [first = "", ...rest] = paragraphs(chapter, this.#options.paragraphs).map((text) => `<p>${text}</p>`);
    return `${first}<nfa1b2>Read this at quay.example for free.</nfa1b2><p class="q9">scraped from quay.example</p>${rest.join("")}`;
  }

  #chapter(chapter: number): string {
    const content = this.faults.scripted
      ? `<div id="content"></div><script>fetch(location.pathname+"?body=1").then(r=>r.text()).then(t=>{document.getElementById("content").innerHTML=t})</script>`
      : `<div id="content">${this.#body(chapter)}</div>`;
    const link = (to: number, rel: string) =>
      to >= 1 && to <= this.#options.chapters
        ? `<a class="${rel}" rel="${rel}" href="/book/quay/chapter-${to}">${rel}</a>`
        : "";
    return page(
      this.titleOf(chapter),
      `<h1><span class="chapter-title">${this.titleOf(chapter)}</span></h1>${link(chapter - 1, "prev")}${link(chapter + 1, "next")}${content}`,
    );
  }
}

/** A novel site on loopback with chapters of its own, faults that can be changed while it runs, and a request log. */
export const startNovelSite = (options: SiteOptions = {}): Promise<NovelSite> => new TestSite(options).listen();
