import { ROUTES, taskPage, taskSchema, tasksQuery } from "@chapterhouse/domain";
import { CANCEL, READ, callerOf } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";
import { idParams } from "./params.ts";
import { cancelAs, requireTask, statusesOf } from "./task-lookups.ts";

const tags = ["tasks"];

export const taskRoutes = (app: App, { queue }: AppDeps): void => {
  app.get(
    ROUTES.tasks,
    {
      config: READ,
      schema: {
        tags,
        summary: "Tasks, newest first",
        querystring: tasksQuery,
        response: { 200: taskPage, ...errors("BAD_REQUEST") },
      },
    },
    async (request) => {
      const { limit, cursor, status, kind, parent } = request.query;
      return queue.list({
        limit,
        ...(cursor !== undefined && { cursor }),
        ...(status !== undefined && { status: statusesOf(status) }),
        ...(kind !== undefined && { kinds: [kind] }),
        ...(parent !== undefined && { parent: parent === "none" ? null : parent }),
      });
    },
  );

  app.get(
    ROUTES.task,
    {
      config: READ,
      schema: {
        tags,
        summary: "A task",
        params: idParams,
        response: { 200: taskSchema, ...errors("TASK_NOT_FOUND") },
      },
    },
    async (request) => requireTask(queue, request.params.id),
  );

  app.post(
    ROUTES.cancelTask,
    {
      config: CANCEL,
      schema: {
        tags,
        summary: "Cancel a task and its children; one that has ended stays as it is",
        params: idParams,
        response: { 202: taskSchema, ...errors("TASK_NOT_FOUND") },
      },
    },
    async (request, reply) => reply.code(202).send(await cancelAs(callerOf(request), queue, request.params.id)),
  );
};
