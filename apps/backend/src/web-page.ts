import { existsSync } from "node:fs";
import { join } from "node:path";
import { ChapterhouseError } from "@chapterhouse/domain";
import fastifyStatic from "@fastify/static";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "./deps.ts";
import { sendError } from "./error-answers.ts";

const ONE_YEAR_S = 365 * 24 * 3600;

/** Addresses within the page (/books/x) are its own business: they get the page. Files that are missing do not. */
const isOfThePage = (request: FastifyRequest): boolean => {
  const path = request.url.split("?", 1)[0] ?? "";
  const reads = request.method === "GET" || request.method === "HEAD";
  return reads && !/^\/(?:api|docs)(?:\/|$)/.test(path) && !/\.[^/]*$/.test(path);
};

/** Serves the built page, if it is there, and answers for every route that nothing else answers for. */
export const serveWebPage = (app: App, webDir: string | null): void => {
  const isBuilt = webDir !== null && existsSync(join(webDir, "index.html"));
  if (webDir !== null && isBuilt) {
    void app.register(fastifyStatic, {
      root: webDir,
      cacheControl: false,
      setHeaders: (response, path) => {
        const isHashed = path.includes("/assets/");
        const policy = isHashed ? `public, max-age=${ONE_YEAR_S}, immutable` : "no-cache";
        void response.header("cache-control", policy);
      },
    });
  }
  app.setNotFoundHandler((request, reply): FastifyReply => {
    if (isBuilt && isOfThePage(request)) return reply.sendFile("index.html");
    const error = new ChapterhouseError("ROUTE_NOT_FOUND", "No such route", {
      details: { method: request.method, path: request.url.split("?", 1)[0] },
    });
    return sendError(error, request, reply);
  });
};
