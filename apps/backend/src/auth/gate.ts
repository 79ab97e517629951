import { createHash, timingSafeEqual } from "node:crypto";
import { ChapterhouseError, type Person } from "@chapterhouse/domain";
import type { FastifyRequest } from "fastify";
import { type Access, type Caller, type CallerKey, HOST_KEY, OPERATE, checkAccess } from "./access.ts";
import type { Remembered } from "./remembered.ts";
import { sessionToken } from "./session.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set on every route that is not open. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    access?: Access["access"];
    scope?: Access["scope"];
  }
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Compares in a time that says nothing about where two keys differ. */
const isKey = (given: string, key: string | null): boolean =>
  key !== null && timingSafeEqual(digest(given), digest(key));

/**
 * Whether a request with a cookie comes from our own page. Browsers say so in Sec-Fetch-Site, older ones in Origin; one
 * that says neither is not believed.
 */
export const isSameOrigin = (request: FastifyRequest): boolean => {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin";
  const { origin } = request.headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.headers.host;
};

export interface KnownCallers {
  /** The key of the configuration; null: there is none. */
  readonly hostKey: string | null;
  readonly keys: Remembered<CallerKey>;
  readonly people: Remembered<Person>;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** Throws `UNAUTHORIZED`, `FORBIDDEN`, `STORE_UNREACHABLE`. */
export type Identify = (request: FastifyRequest) => Promise<Caller>;

/** Who sends a request: by its key, else by its cookie. */
export const createIdentify = ({ hostKey, keys, people, now }: KnownCallers): Identify => {
  const byKey = async (header: string): Promise<Caller> => {
    const given = /^Bearer +(\S+)$/i.exec(header)?.[1];
    if (given !== undefined && isKey(given, hostKey)) return { person: null, key: HOST_KEY };
    const key = given === undefined ? null : await keys.recognise(given);
    if (!key) throw new ChapterhouseError("UNAUTHORIZED", "The key is wrong");
    if (key.expiresAt !== null && Date.parse(key.expiresAt) <= now()) {
      throw new ChapterhouseError("UNAUTHORIZED", "The key has expired", { details: { expiresAt: key.expiresAt } });
    }
    return { person: null, key };
  };
  const byCookie = async (request: FastifyRequest): Promise<Caller> => {
    const token = sessionToken(request);
    const person = token === null ? null : await people.recognise(token);
    if (!person) throw new ChapterhouseError("UNAUTHORIZED", "Sign in, or send a key: Authorization: Bearer …");
    if (!SAFE_METHODS.has(request.method) && !isSameOrigin(request)) {
      throw new ChapterhouseError("FORBIDDEN", "Requests with a cookie must come from this site's own page");
    }
    return { person, key: null };
  };
  return async (request) => {
    const header = request.headers.authorization;
    return header === undefined ? byCookie(request) : byKey(header);
  };
};

/** Lets in who may. Runs before a body is read. Throws what identifying throws. */
export const createGate =
  (identify: Identify) =>
  async (request: FastifyRequest): Promise<void> => {
    const { access = OPERATE.access, scope = OPERATE.scope } = request.routeOptions.config;
    if (access === "open") return;
    const caller = await identify(request);
    checkAccess(caller, { access, scope });
    request.caller = caller;
  };
