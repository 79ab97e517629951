import { definitionBody, definitionList, definitionSchema, definitionsQuery, ROUTES } from "@chapterhouse/domain";
import type { TaskDefinition } from "@chapterhouse/taskqueue";
import { z } from "zod";
import { OPERATE, READ } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";

const tags = ["kinds"];
const kindParams = z.object({ kind: z.string().max(200) });
const answer = (definition: TaskDefinition) => ({
  ...definition,
  payloadSchema: definition.payloadSchema && { ...definition.payloadSchema },
  defaults: { ...definition.defaults },
});

/** What kinds of task there are. Runners define theirs when they start; an admin switches them. */
export const definitionRoutes = (app: App, { definitions }: AppDeps): void => {
  const response = { 200: definitionSchema, ...errors("DEFINITION_NOT_FOUND") };

  app.get(
    ROUTES.definitions,
    {
      config: READ,
      schema: {
        tags,
        summary: "Kinds of task, by name",
        querystring: definitionsQuery,
        response: { 200: definitionList, ...errors("BAD_REQUEST") },
      },
    },
    async (request) => ({
      items: (await definitions.listDefinitions({ removed: request.query.removed ?? false })).map(answer),
    }),
  );

  app.patch(
    ROUTES.definition,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Disable a kind (new tasks are refused, waiting ones held) or make it active again",
        params: kindParams,
        body: definitionBody,
        response: { ...response, ...errors("BAD_REQUEST", "DEFINITION_NOT_FOUND") },
      },
    },
    async (request) => answer(await definitions.setDefinitionStatus(request.params.kind, request.body.status)),
  );

  app.delete(
    ROUTES.definition,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Remove a kind: it refuses and holds, and can be restored",
        params: kindParams,
        response,
      },
    },
    async (request) => answer(await definitions.removeDefinition(request.params.kind)),
  );

  app.post(
    ROUTES.restoreDefinition,
    { config: OPERATE, schema: { tags, summary: "Restore a removed kind", params: kindParams, response } },
    async (request) => answer(await definitions.restoreDefinition(request.params.kind)),
  );
};
