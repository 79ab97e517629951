import { ChapterhouseError, apiKeyCreated, apiKeyList, newApiKeyBody, ROUTES } from "@chapterhouse/domain";
import { z } from "zod";
import { type CallerKey, HOST_KEY, OPERATE } from "../auth/access.ts";
import type { NewApiKey } from "../auth/api-keys.ts";
import type { Remembered } from "../auth/remembered.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";

const tags = ["keys"];
const params = z.object({ name: z.string().max(200) });

/** Throws `BAD_REQUEST`, `API_KEY_EXISTS`. */
const checkNew = ({ name, scopes, kinds, expiresAt }: NewApiKey, now: number): void => {
  if (name === HOST_KEY.name) {
    const message = "The key of the configuration has this name";
    throw new ChapterhouseError("API_KEY_EXISTS", message, { details: { name } });
  }
  if (kinds !== null && scopes.includes("operate")) {
    const message = "A key with the scope operate may do everything: it cannot be kept to some kinds";
    throw new ChapterhouseError("BAD_REQUEST", message, { details: { field: "kinds" } });
  }
  if (expiresAt !== null && Date.parse(expiresAt) <= now) {
    throw new ChapterhouseError("BAD_REQUEST", "The key would have expired already", {
      details: { field: "expiresAt" },
    });
  }
};

/** Keys of programs. Only an admin, or a key that may do everything, makes and removes them. */
export const keyRoutes = (app: App, { apiKeys, now }: AppDeps, known: Remembered<CallerKey>): void => {
  app.get(
    ROUTES.apiKeys,
    {
      config: OPERATE,
      schema: { tags, summary: "Keys, without their secrets", response: { 200: apiKeyList, ...errors() } },
    },
    async () => ({ items: [...(await apiKeys.list())] }),
  );

  app.post(
    ROUTES.apiKeys,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Make a key; its secret is told this once",
        body: newApiKeyBody,
        response: { 201: apiKeyCreated, ...errors("BAD_REQUEST", "API_KEY_EXISTS", "UNSUPPORTED_MEDIA_TYPE") },
      },
    },
    async (request, reply) => {
      checkNew(request.body, now());
      const { key, secret } = await apiKeys.add({ ...request.body, scopes: [...new Set(request.body.scopes)] });
      return reply.code(201).send({ ...key, secret });
    },
  );

  app.delete(
    ROUTES.apiKey,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Remove a key; it is refused within 30 seconds",
        params,
        response: { 204: z.null(), ...errors("API_KEY_NOT_FOUND") },
      },
    },
    async (request, reply) => {
      await apiKeys.remove(request.params.name);
      known.forgetAll();
      return reply.code(204).send(null);
    },
  );
};
