import { createHash, timingSafeEqual } from "node:crypto";
import { ChapterhouseError, type Person } from "@chapterhouse/domain";
import type { FastifyRequest } from "fastify";
import type { KnownPeople } from "./known-people.ts";
import { sessionToken } from "./session.ts";

/** Least role a route asks for: a reader reads, a member also adds and cancels, an admin also removes. */
export type Access = "open" | "reader" | "member" | "admin";

/** Who is calling; `person` is null for a caller with the key, who counts as admin. */
export interface Caller {
  readonly person: Person | null;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Set on every route that is not open. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    access?: Access;
  }
}

const RANK = { open: 0, reader: 1, member: 2, admin: 3 } as const;
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Compares in a time that says nothing about where two keys differ. */
const isKey = (given: string, key: string | null): boolean =>
  key !== null && timingSafeEqual(digest(given), digest(key));

/**
 * Whether a request with a cookie comes from our own page. Browsers say so in Sec-Fetch-Site, older ones in Origin; one
 * that says neither is not believed.
 */
const isSameOrigin = (request: FastifyRequest): boolean => {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin";
  const { origin } = request.headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.headers.host;
};

/** Lets in who may. Runs before a body is read. Throws `UNAUTHORIZED`, `FORBIDDEN`, `STORE_UNREACHABLE`. */
export const createGate = (apiKey: string | null, people: KnownPeople) => {
  const identify = async (request: FastifyRequest): Promise<Caller> => {
    const header = request.headers.authorization;
    if (header !== undefined) {
      const given = /^Bearer +(\S+)$/i.exec(header)?.[1];
      if (given !== undefined && isKey(given, apiKey)) return { person: null };
      throw new ChapterhouseError("UNAUTHORIZED", "The key is wrong");
    }
    const token = sessionToken(request);
    const person = token === null ? null : await people.recognise(token);
    if (!person) throw new ChapterhouseError("UNAUTHORIZED", "Sign in, or send a key: Authorization: Bearer …");
    if (!SAFE_METHODS.has(request.method) && !isSameOrigin(request)) {
      throw new ChapterhouseError("FORBIDDEN", "Requests with a cookie must come from this site's own page");
    }
    return { person };
  };

  return async (request: FastifyRequest): Promise<void> => {
    const access = request.routeOptions.config.access ?? "admin";
    if (access === "open") return;
    const caller = await identify(request);
    if (RANK[caller.person?.role ?? "admin"] < RANK[access]) {
      throw new ChapterhouseError("FORBIDDEN", `This takes the role ${access}`, { details: { role: access } });
    }
    request.caller = caller;
  };
};
