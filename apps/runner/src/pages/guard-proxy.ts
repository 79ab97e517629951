import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type NetConnectOpts, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { checkTarget, type TargetRules } from "@chapterhouse/domain";
import { pinnedLookup } from "../http/guarded-connector.ts";

const CONNECT_MS = 10_000;

export interface GuardProxy {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A forward proxy on loopback that puts whatever a browser asks for (pages, scripts, redirects, WebSockets) behind the
 * SSRF guard: a name is resolved and checked here, and the connection goes to exactly the addresses that passed. The
 * browser resolves nothing by itself, so a name cannot change its mind between a check and a connection.
 */
export const startGuardProxy = async (rules: TargetRules): Promise<GuardProxy> => {
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => void forward(request, response, rules));
  server.on("connection", (socket: Socket) => track(sockets, socket));
  server.on("connect", (request: IncomingMessage, client: Duplex, head: Buffer) => {
    void tunnel(request, client, head, rules, sockets);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

const track = (sockets: Set<Duplex>, socket: Duplex): void => {
  sockets.add(socket);
  socket.on("error", () => socket.destroy());
  socket.on("close", () => sockets.delete(socket));
};

/** Where a checked address is connected to; undefined when the guard refuses it. */
const checkedLookup = async (url: URL, rules: TargetRules) => {
  const addresses = await checkTarget(url, rules);
  return addresses.length > 0 ? { lookup: pinnedLookup(addresses) } : {};
};

const tunnel = async (
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  rules: TargetRules,
  sockets: Set<Duplex>,
): Promise<void> => {
  client.on("error", () => client.destroy());
  try {
    const url = new URL(`https://${request.url}`);
    const to: NetConnectOpts = {
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(url.port || 443),
      timeout: CONNECT_MS,
      ...(await checkedLookup(url, rules)),
    };
    if (client.destroyed) return;
    const upstream = connect(to, () => {
      upstream.setTimeout(0);
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    track(sockets, upstream);
    upstream.on("timeout", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
  } catch {
    client.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n");
  }
};

const forward = async (request: IncomingMessage, response: ServerResponse, rules: TargetRules): Promise<void> => {
  const refuse = (status: number) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(status).end();
  };
  try {
    const url = new URL(request.url ?? "");
    const { "proxy-connection": _, ...headers } = request.headers;
    const lookup = await checkedLookup(url, rules);
    // The browser may have hung up meanwhile, and nothing would end the request then.
    if (response.destroyed) return;
    const upstream = httpRequest(
      {
        ...lookup,
        host: url.hostname.replace(/^\[|\]$/g, ""),
        port: url.port || 80,
        path: url.pathname + url.search,
        method: request.method,
        headers,
        timeout: CONNECT_MS,
      },
      (answer) => {
        answer.on("error", () => response.destroy());
        try {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
        } catch {
          // A status or header that can be read but not written, such as 099.
          upstream.destroy();
          return refuse(502);
        }
        answer.pipe(response);
      },
    );
    upstream.on("timeout", () => upstream.destroy());
    upstream.on("error", () => refuse(502));
    response.on("close", () => upstream.destroy());
    request.pipe(upstream);
  } catch {
    refuse(403);
  }
};
