// What the backend is. How it is run: main.ts. What its documents look like: packages/domain/src/api.ts.
// The walk of a book: routes/scrape-routes.ts → the queue's producer → a runner.
import { constants as zlib } from "node:zlib";
import { ROUTES } from "@chapterhouse/domain";
import fastifyCompress from "@fastify/compress";
import fastifyCookie from "@fastify/cookie";
import Fastify, { LogController } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { createGate, createIdentify } from "./auth/gate.ts";
import { Remembered } from "./auth/remembered.ts";
import type { App, AppDeps } from "./deps.ts";
import { answerBrokenRequest, sendError } from "./error-answers.ts";
import { liveRoutes } from "./live/live-routes.ts";
import { Live } from "./live/live.ts";
import { publishOpenApi } from "./openapi.ts";
import { Overalls } from "./overall.ts";
import { askRoutes } from "./routes/ask-routes.ts";
import { audioRoutes } from "./routes/audio-routes.ts";
import { authRoutes } from "./routes/auth-routes.ts";
import { bookRoutes } from "./routes/book-routes.ts";
import { cronRoutes } from "./routes/cron-routes.ts";
import { definitionRoutes } from "./routes/definition-routes.ts";
import { enqueueRoutes } from "./routes/enqueue-routes.ts";
import { followRoutes } from "./routes/follow-routes.ts";
import { keyRoutes } from "./routes/key-routes.ts";
import { laneRoutes } from "./routes/lane-routes.ts";
import { narrationRoutes } from "./routes/narration-routes.ts";
import { operatorRoutes } from "./routes/operator-routes.ts";
import { queueRoutes } from "./routes/queue-routes.ts";
import { scrapeRoutes } from "./routes/scrape-routes.ts";
import { serviceRoutes } from "./routes/service-routes.ts";
import { taskRoutes } from "./routes/task-routes.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import { serveWebPage } from "./web-page.ts";

export type { AppConfig, AppDeps } from "./deps.ts";
export type { People } from "./auth/people.ts";

const BODY_BYTES = 1024 * 1024;
/** A request that has not come whole by then never will; answers may take as long as they need. */
const REQUEST_MS = 30_000;

/** JSON is the only kind of body there is; an empty one counts as none. */
const readJsonAlone = (app: App): void => {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    return parse(request, body.toString(), done);
  });
};

/** The whole backend, not listening: tests `inject` into it, main.ts runs it. */
export const buildApp = (deps: AppDeps): App => {
  const app: App = Fastify({
    loggerInstance: deps.log,
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    // Whoever offers to speak another protocol elsewhere (h2c) is answered in this one. A connection that Node has handed
    // over is closed by nobody but its WebSocket: one without would keep the process from ending.
    http: {
      shouldUpgradeCallback: ({ method, url = "" }) => method === "GET" && url.split("?")[0] === ROUTES.liveSocket,
    },
    logController: new LogController({ disableRequestLogging: true }),
    // While it closes, those who are still connected get their answers as always.
    return503OnClosing: false,
    // These may say where a request came from and that it came by https; nobody else.
    trustProxy: deps.config.trustedProxies,
    routerOptions: { maxParamLength: 256 },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      void sendError(error, request, reply.headers(SECURITY_HEADERS));
    },
  }).withTypeProvider<ZodTypeProvider>();
  const people = new Remembered((token) => deps.people.recognise(token), deps.now);
  const keys = new Remembered((secret) => deps.apiKeys.recognise(secret), deps.now);
  const identify = createIdentify({ hostKey: deps.config.apiKey, keys, people, now: deps.now });
  const overalls = new Overalls(deps.queue, deps.now);
  const live = new Live({
    ...deps,
    overalls,
    mostClients: deps.config.mostLiveClients,
    ticks: () => performance.now(),
  });

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendError);
  readJsonAlone(app);
  app.decorateRequest("caller", null);
  app.addHook("onRequest", async (_request, reply) => {
    void reply.headers(SECURITY_HEADERS);
  });
  app.addHook("onResponse", async (request, reply) => {
    const level = request.method === "GET" || request.method === "HEAD" ? "debug" : "info";
    const { method, url } = request;
    request.log[level]({ method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, "answered");
  });

  void app.register(fastifyCookie);
  // Text alone, such as the page's scripts and long lists; sound and pictures are packed already. Level 4 of Brotli is
  // quicker than gzip's usual one and smaller.
  void app.register(fastifyCompress, {
    encodings: ["br", "gzip"],
    brotliOptions: { params: { [zlib.BROTLI_PARAM_QUALITY]: 4 } },
  });
  publishOpenApi(app, deps.config.version);
  serveWebPage(app, deps.config.webDir);
  void app.register(async (api: App) => {
    const gate = createGate(identify);
    api.addHook("onRequest", gate);
    api.addHook("onRequest", async (_request, reply) => {
      void reply.header("cache-control", "no-store");
    });
    authRoutes(api, deps, people);
    keyRoutes(api, deps, keys);
    scrapeRoutes(api, deps);
    audioRoutes(api, deps);
    taskRoutes(api, deps);
    enqueueRoutes(api, deps);
    queueRoutes(api, deps, overalls);
    liveRoutes(api, live, gate);
    askRoutes(api, deps);
    followRoutes(api, deps);
    operatorRoutes(api, deps);
    definitionRoutes(api, deps);
    laneRoutes(api, deps);
    cronRoutes(api, deps);
    bookRoutes(api, deps);
    narrationRoutes(api, deps);
    serviceRoutes(api, deps);
  });
  return app;
};
