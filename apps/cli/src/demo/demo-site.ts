import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ChapterhouseError } from "@chapterhouse/domain";
import type { DemoBook } from "./demo-book.ts";
import { readDemoBook } from "./demo-book.ts";
import { bookPage, cataloguePage, chapterPage, listPage } from "./demo-pages.ts";

export interface DemoSite {
  readonly url: string;
  readonly bookUrl: string;
  /** For SCRAPE_ALLOW: the site stands on loopback, which scrapes may not reach otherwise. */
  readonly hostPort: string;
  close(): Promise<void>;
}

interface Answer {
  readonly type: string;
  readonly body: string | Buffer;
}

const html = (body: string | null): Answer | null =>
  body === null ? null : { type: "text/html; charset=utf-8", body };

const answerTo = (book: DemoBook, { pathname, searchParams }: URL): Answer | null => {
  if (pathname === "/robots.txt") return { type: "text/plain", body: "User-agent: *\nDisallow: /contact\n" };
  if (pathname === "/cover.jpg") return { type: "image/jpeg", body: book.cover };
  if (pathname === "/") return html(cataloguePage(book));
  if (pathname === `/book/${book.slug}`) return html(bookPage(book));
  if (pathname === `/book/${book.slug}/chapters`) return html(listPage(book, Number(searchParams.get("page") ?? 1)));
  const number = new RegExp(`^/book/${book.slug}/chapter-(\\d+)$`).exec(pathname)?.[1];
  return number === undefined ? null : html(chapterPage(book, Number(number)));
};

const listen = (server: ReturnType<typeof createServer>, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });

const isTaken = (error: unknown) => error instanceof Error && "code" in error && error.code === "EADDRINUSE";

/**
 * Serves the demo book as a small novel site on 127.0.0.1, with the markup that one of the runner's sources reads.
 * `port` is a wish: a book is known by its address, so the demo's should stay the same; any port when it is taken.
 * Throws `INTERNAL` when no port is to be had.
 */
export const startDemoSite = async ({ port = 0 }: { readonly port?: number } = {}): Promise<DemoSite> => {
  const book = await readDemoBook();
  const server = createServer((request, response) => {
    const answer = answerTo(book, new URL(request.url ?? "/", "http://demo"));
    response
      .writeHead(answer ? 200 : 404, { "content-type": answer?.type ?? "text/plain" })
      .end(answer?.body ?? "There is no such page here.");
  });
  try {
    await listen(server, port).catch((error: unknown) => {
      if (port === 0 || !isTaken(error)) throw error;
      return listen(server, 0);
    });
  } catch (cause) {
    throw new ChapterhouseError("INTERNAL", "The demo's site found no port to listen on", { cause });
  }
  const hostPort = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${hostPort}`,
    bookUrl: `http://${hostPort}/book/${book.slug}`,
    hostPort,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
