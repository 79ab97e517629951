import type PocketBase from "pocketbase";

/** A signed-in connection as one account of the `accounts` collection (or a superuser, in tests). */
export interface Connection {
  readonly url: string;
  /** For collections, files and realtime. Its token is renewed before it ends. */
  readonly sdk: PocketBase;
  /**
   * One JSON call over a kept-alive connection: for the hook routes, where the SDK's overhead would count.
   * Throws a `ChapterhouseError`: the route's own code when the answer carries one, `STORE_UNREACHABLE` when there is
   * no answer, else `STORE_REFUSED`. Signs in again once when the token is refused.
   */
  call<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown, signal?: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** A PocketBase process of ours, on loopback. */
export interface PocketBaseServer {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process has ended, however it did. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Asks it to stop, insists after a while, resolves when it has ended. */
  stop(): Promise<void>;
}
