import { ROUTES, healthSchema, readySchema, runnerList, statusSchema } from "@chapterhouse/domain";
import { z } from "zod";
import { OPEN, READ } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";
import { isFresh } from "../send-file.ts";
import { StatusBoard } from "../status/board.ts";

const tags = ["service"];

export const serviceRoutes = (app: App, { config, queue, now }: AppDeps): void => {
  const board = new StatusBoard(queue, config.version, now);

  app.get(
    ROUTES.status,
    {
      config: READ,
      schema: {
        tags,
        summary: "All that a front end polls, in one cheap document with an ETag",
        response: { 200: statusSchema, 304: z.null().describe("as the ETag in If-None-Match says"), ...errors() },
      },
    },
    async (request, reply) => {
      const sheet = await board.read();
      void reply.headers({ etag: sheet.etag, "cache-control": "private, no-cache" });
      if (isFresh(request, sheet.etag)) return reply.code(304).send(null);
      // A JSON text already, as the schema above says: sent as it stands, past the serializer.
      return reply.type("application/json; charset=utf-8").send(sheet.body as never);
    },
  );

  app.get(
    ROUTES.runners,
    {
      config: READ,
      schema: { tags, summary: "Runners, alive or lost", response: { 200: runnerList, ...errors() } },
    },
    async () => ({ items: [...(await queue.listRunners())] }),
  );

  app.get(
    ROUTES.health,
    {
      config: OPEN,
      schema: { tags, summary: "This process serves", response: { 200: healthSchema } },
    },
    async () => ({ status: "ok" }) as const,
  );

  app.get(
    ROUTES.ready,
    {
      config: OPEN,
      schema: {
        tags,
        summary: "It serves and its store answers",
        response: { 200: readySchema, 503: readySchema.describe("the store does not answer") },
      },
    },
    async (_request, reply) => {
      const store = await board.read().then(
        () => true,
        () => false,
      );
      return reply.code(store ? 200 : 503).send({ status: store ? "ready" : "not_ready", store });
    },
  );
};
