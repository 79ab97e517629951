import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * Forwards TCP to `target`. While `silent`, what comes in is dropped, and nothing is closed: both ends see a connection
 * that is there and says nothing. A connection that lost bytes stays silent for ever, as one whose path died; new ones
 * work again.
 */
export class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #deaf = new Set<Socket>();
  #isSilent = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(target: { readonly host: string; readonly port: number }): Promise<Proxy> {
    const server = createServer();
    const proxy = new Proxy(server);
    server.on("connection", (near) => proxy.#join(near, connect(target.port, target.host)));
    await new Promise<void>((listening) => {
      server.listen(0, "127.0.0.1", listening);
    });
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Connections that are open and those made from now on say nothing. */
  silence(): void {
    this.#isSilent = true;
    this.#deaf = new Set(this.#sockets);
  }

  /** New connections are forwarded again; those that were silenced never are. */
  hear(): void {
    this.#isSilent = false;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((closed) => {
      this.#server.close(closed);
    });
  }

  #join(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      if (this.#isSilent) this.#deaf.add(from);
      from.on("data", (bytes) => {
        if (!this.#deaf.has(from)) to.write(bytes);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
