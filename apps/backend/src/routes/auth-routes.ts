import { ChapterhouseError, type Person, ROUTES, meAnswer, signInBody } from "@chapterhouse/domain";
import { z } from "zod";
import { OPEN, READ } from "../auth/access.ts";
import type { Remembered } from "../auth/remembered.ts";
import { endSession, sessionToken, startSession } from "../auth/session.ts";
import { SignInLimiter } from "../auth/sign-in-limiter.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";

const tags = ["people"];

export const authRoutes = (app: App, deps: AppDeps, people: Remembered<Person>): void => {
  const limiter = new SignInLimiter(deps.now);

  app.post(
    ROUTES.signIn,
    {
      config: OPEN,
      schema: {
        tags,
        summary: "Sign in; the answer sets a cookie that scripts cannot read",
        body: signInBody,
        response: { 200: meAnswer, ...errors("UNAUTHORIZED", "TOO_MANY_REQUESTS") },
      },
    },
    async (request, reply) => {
      const { email, password } = request.body;
      const retryAfterSeconds = limiter.admit(request.ip, email);
      if (retryAfterSeconds > 0) {
        throw new ChapterhouseError("TOO_MANY_REQUESTS", "Too many tries; wait a little", {
          details: { retryAfterSeconds },
        });
      }
      const signedIn = await deps.people.signIn(email, password);
      if (!signedIn) throw new ChapterhouseError("UNAUTHORIZED", "E-mail or password is wrong");
      limiter.forgive(request.ip, email);
      startSession(request, reply, signedIn.token);
      return { person: signedIn.person };
    },
  );

  app.post(
    ROUTES.signOut,
    {
      config: READ,
      schema: { tags, summary: "Forget the cookie", response: { 204: z.null(), ...errors() } },
    },
    async (request, reply) => {
      const token = sessionToken(request);
      if (token !== null) people.forget(token);
      endSession(request, reply);
      return reply.code(204).send(null);
    },
  );

  app.get(
    ROUTES.me,
    { config: READ, schema: { tags, summary: "Who I am", response: { 200: meAnswer, ...errors() } } },
    async (request) => ({ person: request.caller?.person ?? null }),
  );
};
