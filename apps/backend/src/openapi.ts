import { ERRORS, type ErrorCode, ROUTES, errorSchema } from "@chapterhouse/domain";
import fastifySwagger from "@fastify/swagger";
import fastifySwaggerUi from "@fastify/swagger-ui";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { OPEN, OPERATE } from "./auth/access.ts";
import type { App } from "./deps.ts";

const DESCRIPTION =
  "Every error is `{code, message, details}`. Callers send `Authorization: Bearer <key>`; people sign in. " +
  "Lists are paged by `cursor`: the answer's `nextCursor` asks for the next page.";

type ErrorResponses = Record<number, typeof errorSchema>;

/** Answers of a route that are errors: those of `codes`, and what any route behind the gate may answer. */
export const errors = (...codes: ErrorCode[]): ErrorResponses => {
  const all: ErrorCode[] = [...codes, "UNAUTHORIZED", "FORBIDDEN", "STORE_UNREACHABLE", "INTERNAL"];
  return Object.fromEntries(all.map((code) => [ERRORS[code].status, errorSchema]));
};

const bytes = (mimeType: string, description: string) => ({
  description,
  content: { [mimeType]: { schema: z.any().meta({ type: "string", format: "binary" }) } },
});

/** Answers of a route that sends a file. */
export const fileAnswer = (mimeType: string, ranges = false) => ({
  200: bytes(mimeType, "the file"),
  ...(ranges && { 206: bytes(mimeType, "the bytes that Range asked for") }),
  304: z.null().describe("as the ETag in If-None-Match says"),
});

/** Says of each operation what it takes, as the gate does. */
const withAccess: typeof jsonSchemaTransform = (given) => {
  const { schema, url } = jsonSchemaTransform(given);
  const { access = OPERATE.access, scope = OPERATE.scope } = given.route.config ?? {};
  const takes =
    access === "open" ? "Open to all." : `For people from the role \`${access}\` up, keys with \`${scope}\`.`;
  return { schema: { ...schema, description: takes }, url };
};

/** The API's document, made from the schemas that the routes check by, and a page to read it. Both are open. */
export const publishOpenApi = (app: App, version: string): void => {
  void app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Chapterhouse", version, description: DESCRIPTION },
      components: {
        securitySchemes: {
          key: { type: "http", scheme: "bearer" },
          session: { type: "apiKey", in: "cookie", name: "chapterhouse_session" },
        },
      },
      security: [{ key: [] }, { session: [] }],
    },
    hideUntagged: true,
    transform: withAccess,
    transformObject: jsonSchemaTransformObject,
  });
  void app.register(fastifySwaggerUi, { routePrefix: "/docs" });
  app.after(() => {
    app.get(
      ROUTES.openapi,
      {
        config: OPEN,
        schema: { tags: ["service"], summary: "This document", response: { 200: z.looseObject({}) } },
      },
      async () => ({ ...app.swagger() }),
    );
  });
};
