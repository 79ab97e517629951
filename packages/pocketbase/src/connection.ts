import { setTimeout as delay } from "node:timers/promises";
import { ChapterhouseError, isErrorCode } from "@chapterhouse/domain";
import { EventSource } from "eventsource";
import PocketBase from "pocketbase";
import { Pool } from "undici";
import type { Connection, Credentials } from "./ports.ts";

type Method = Parameters<Connection["call"]>[0];

export interface ConnectOptions {
  readonly url: string;
  readonly credentials: Credentials;
  /** Auth collection of the account; default `accounts`. */
  readonly collection?: string;
  /** Kept-alive connections at once; default 16. */
  readonly connections?: number;
  /** Longest wait for an answer, in ms; default 30,000. */
  readonly timeoutMs?: number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const LAST_WORDS_MS = 500;
const RENEW_BEFORE_MS = 10 * 60_000;

/** When a JWT ends, in ms since the epoch; 0 when it says nothing. */
const expiry = (token: string): number => {
  const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString() || "{}");
  return typeof claims === "object" && claims !== null && "exp" in claims ? Number(claims.exp) * 1000 : 0;
};

const field = (body: unknown, name: string): unknown =>
  typeof body === "object" && body !== null ? (body as Record<string, unknown>)[name] : undefined;

/** Our routes answer `{code, message, details}`; PocketBase's own `{status, message, data}`. */
const refusal = ({ status, body }: Answer, path: string): ChapterhouseError => {
  const code = field(body, "code");
  const said = field(body, "message");
  const message = typeof said === "string" ? said : `HTTP ${status}`;
  if (typeof code === "string" && isErrorCode(code)) {
    const details = field(body, "details");
    return new ChapterhouseError(code, message, { details: (details as Record<string, unknown>) ?? {} });
  }
  return new ChapterhouseError("STORE_REFUSED", `${path}: ${message}`, {
    details: { status, data: field(body, "data") },
  });
};

const parse = (text: string): unknown => {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
};

class PocketBaseConnection implements Connection {
  readonly url: string;
  readonly sdk: PocketBase;
  readonly #pool: Pool;
  readonly #options: ConnectOptions;
  #signingIn: Promise<void> | null = null;

  constructor(options: ConnectOptions) {
    // The SDK looks for a global one; Node 24 has its own only behind a flag.
    globalThis.EventSource ??= EventSource as unknown as typeof globalThis.EventSource;
    this.url = options.url.replace(/\/$/, "");
    this.#options = options;
    this.#pool = new Pool(this.url, { connections: options.connections ?? 16, pipelining: 1 });
    this.sdk = new PocketBase(this.url);
    this.sdk.autoCancellation(false);
    this.sdk.beforeSend = async (url, request) => {
      await this.#ensureSignedIn();
      return { url, options: { ...request, headers: { ...request.headers, Authorization: this.sdk.authStore.token } } };
    };
  }

  async call<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    await this.#ensureSignedIn();
    const used = this.sdk.authStore.token;
    let answer = await this.#send(method, path, body, signal);
    if (answer.status === 401) {
      if (this.sdk.authStore.token === used) this.sdk.authStore.clear();
      await this.#ensureSignedIn();
      answer = await this.#send(method, path, body, signal);
    }
    if (answer.status >= 400) throw refusal(answer, path);
    return answer.body as T;
  }

  async close(): Promise<void> {
    const unsubscribed = this.sdk.realtime.unsubscribe().catch(() => {});
    // A server that has gone silent without closing would be waited for as long as fetch does: five minutes.
    await Promise.race([unsubscribed, delay(LAST_WORDS_MS, undefined, { ref: false })]);
    // Unsubscribing ends the stream only while there is one; an SDK that tries to connect again would try for ever.
    this.sdk.realtime["disconnect"]();
    await this.#pool.destroy();
  }

  async #send(method: Method, path: string, body: unknown, signal?: AbortSignal): Promise<Answer> {
    const token = this.sdk.authStore.token;
    // What cannot be written as JSON is the caller's mistake: it must not look like a server that is away.
    const text = body === undefined ? null : JSON.stringify(body);
    try {
      const answer = await this.#pool.request({
        method,
        path,
        headers: {
          ...(token && { authorization: token }),
          ...(text !== null && { "content-type": "application/json" }),
        },
        body: text,
        signal: signal ?? null,
        headersTimeout: this.#options.timeoutMs ?? 30_000,
        bodyTimeout: this.#options.timeoutMs ?? 30_000,
      });
      return { status: answer.statusCode, body: parse(await answer.body.text()) };
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new ChapterhouseError("STORE_UNREACHABLE", `PocketBase does not answer at ${this.url}`, { cause });
    }
  }

  /** One sign-in at a time; everyone who needs it waits for the same. */
  async #ensureSignedIn(): Promise<void> {
    const { token } = this.sdk.authStore;
    if (token && expiry(token) - Date.now() > RENEW_BEFORE_MS) return;
    this.#signingIn ??= this.#signIn().finally(() => {
      this.#signingIn = null;
    });
    await this.#signingIn;
  }

  async #signIn(): Promise<void> {
    const { credentials, collection = "accounts" } = this.#options;
    this.sdk.authStore.clear();
    const path = `/api/collections/${collection}/auth-with-password`;
    const answer = await this.#send("POST", path, { identity: credentials.email, password: credentials.password });
    const token = field(answer.body, "token");
    if (answer.status !== 200 || typeof token !== "string") throw refusal(answer, path);
    this.sdk.authStore.save(token);
  }
}

/**
 * A connection as one account. Nothing is sent before the first call, so it can be made while PocketBase is away; it
 * signs in by itself, and again when its token ends or is refused.
 */
export const connect = (options: ConnectOptions): Connection => new PocketBaseConnection(options);
