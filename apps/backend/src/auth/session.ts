import type { FastifyReply, FastifyRequest } from "fastify";

const NAME = "chapterhouse_session";
/** As long as PocketBase's tokens of people are good. */
const LIVES_S = 14 * 24 * 3600;

const options = (request: FastifyRequest) =>
  ({ path: "/", httpOnly: true, sameSite: "strict", secure: request.protocol === "https" }) as const;

/** PocketBase's token, kept where no script can read it. */
export const sessionToken = (request: FastifyRequest): string | null => request.cookies[NAME] ?? null;

export const startSession = (request: FastifyRequest, reply: FastifyReply, token: string): void => {
  void reply.setCookie(NAME, token, { ...options(request), maxAge: LIVES_S });
};

export const endSession = (request: FastifyRequest, reply: FastifyReply): void => {
  void reply.clearCookie(NAME, options(request));
};
