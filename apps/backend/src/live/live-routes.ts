import { ChapterhouseError, liveEventSchema, liveNoticeSchema, liveQuery, ROUTES } from "@chapterhouse/domain";
import fastifyWebsocket from "@fastify/websocket";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { READ } from "../auth/access.ts";
import { isSameOrigin } from "../auth/gate.ts";
import type { App } from "../deps.ts";
import { errors } from "../openapi.ts";
import type { Wish } from "./client.ts";
import type { Live } from "./live.ts";
import { listenTo } from "./socket-messages.ts";
import { openSocketOutlet } from "./socket-outlet.ts";
import { openSseOutlet } from "./sse-outlet.ts";

const tags = ["live"];
/** A filter of a hundred ids is below 3 KiB. */
const MESSAGE_BYTES = 8 * 1024;

const wishOf = ({ headers, query }: FastifyRequest<{ Querystring: z.infer<typeof liveQuery> }>): Wish => {
  const { task, lastEventId } = query;
  const header = headers["last-event-id"];
  return {
    tasks: task === undefined ? null : new Set([task].flat()),
    // The address stays as it was when a browser connects again, the header does not.
    lastEventId: (typeof header === "string" ? header : lastEventId) || null,
  };
};

/**
 * A browser sends its cookie with other sites' sockets as well, and no rule of CORS keeps it from that. Programs that
 * send a key say who they are by that.
 */
const requireOwnPage = async (request: FastifyRequest): Promise<void> => {
  if (request.headers.authorization !== undefined || isSameOrigin(request)) return;
  throw new ChapterhouseError("FORBIDDEN", "WebSockets with a cookie must come from this site's own page");
};

/** `gate` throws when a request's sender may not do what its route is for, or may no longer. */
export const liveRoutes = (app: App, live: Live, gate: (request: FastifyRequest) => Promise<void>): void => {
  app.addHook("preClose", async () => live.close());

  app.get(
    ROUTES.liveEvents,
    {
      config: READ,
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: "Server-Sent Events of what happens to tasks (docs/live.md); resumes after `Last-Event-ID`",
        querystring: liveQuery,
        produces: ["text/event-stream"],
        response: {
          200: {
            description: "named as their `type`; `ready` and `reset` stand between them",
            content: { "text/event-stream": { schema: liveEventSchema.or(liveNoticeSchema) } },
          },
          ...errors("TOO_MANY_CLIENTS"),
        },
      },
      preHandler: async () => live.requireRoom(),
    },
    (request, reply) => {
      const seat = live.join(openSseOutlet(reply), wishOf(request), () => gate(request));
      reply.raw.on("drain", () => seat.drained()).on("close", () => seat.leave());
      // It may have gone while it was asked who it is.
      if (reply.raw.destroyed) seat.leave();
    },
  );

  void app.register(async (sockets: App) => {
    await sockets.register(fastifyWebsocket, { options: { maxPayload: MESSAGE_BYTES }, preClose: (done) => done() });
    // Of a handshake that the gate refused the plugin knows nothing, and nobody else closes its connection.
    sockets.addHook("onResponse", async ({ headers, raw }) => {
      if (headers.upgrade !== undefined) raw.socket.destroy();
    });
    sockets.route({
      method: "GET",
      url: ROUTES.liveSocket,
      config: READ,
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: "The same over a WebSocket (docs/live.md)",
        querystring: liveQuery,
        response: { 101: z.null().describe("each message is an event or a notice"), ...errors("TOO_MANY_CLIENTS") },
      },
      preHandler: async (request) => {
        await requireOwnPage(request);
        live.requireRoom();
      },
      handler: async () => {
        throw new ChapterhouseError("BAD_REQUEST", "This is a WebSocket; Server-Sent Events are at /events/queues");
      },
      wsHandler: (socket, request) => {
        const connection = request.raw.socket;
        const seat = live.join(openSocketOutlet(socket, connection), wishOf(request), () => gate(request));
        connection.on("drain", () => seat.drained());
        socket.on("close", () => seat.leave());
        listenTo(socket, (wish) => seat.begin(wish));
      },
    });
  });
};
