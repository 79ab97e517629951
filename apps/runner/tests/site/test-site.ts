import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TargetRules } from "@chapterhouse/domain";

export type Answer = string | ((request: IncomingMessage, response: ServerResponse) => void);

/** A site on loopback made of a table of paths; every request is in its log. Closes with the block that opened it. */
export class TestSite implements AsyncDisposable {
  readonly url: string;
  /** Paths in the order they were asked for. */
  readonly log: string[] = [];
  readonly agents = new Set<string>();
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets = new Map<string, Socket>();
  #pages: Record<string, Answer> = {};

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** A text is sent as an HTML page; what is not in the table is a 404. */
  static async open(pages: Record<string, Answer>): Promise<TestSite> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const site = new TestSite(server);
    site.#pages = pages;
    server.on("request", (request, response) => {
      const path = request.url ?? "";
      site.log.push(path);
      site.#sockets.set(path, request.socket);
      site.agents.add(request.headers["user-agent"] ?? "");
      const answer = site.#pages[path];
      if (typeof answer === "function") answer(request, response);
      else if (answer === undefined) response.writeHead(404).end("not here");
      else response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(answer);
    });
    return site;
  }

  /** From now on these pages are served, on top of the others. */
  change(pages: Record<string, Answer>): void {
    this.#pages = { ...this.#pages, ...pages };
  }

  /** Resolves when whoever asked for `path` last has closed the connection: what hangs is not asked for any more. */
  async hungUp(path: string): Promise<void> {
    const socket = this.#sockets.get(path);
    if (!socket) throw new Error(`nobody asked for ${path}`);
    if (!socket.closed) await new Promise((closed) => socket.once("close", closed));
  }

  /** An address on this site. */
  at(path: string): URL {
    return new URL(path, this.url);
  }

  /** Guard rules that open this site and nothing else that is private. */
  rules(resolve: TargetRules["resolve"] = () => Promise.resolve([])): TargetRules {
    return { allow: new Set([new URL(this.url).host]), resolve };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}
