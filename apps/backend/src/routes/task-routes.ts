import {
  ChapterhouseError,
  LIVE_STATUSES,
  ROUTES,
  TERMINAL_STATUSES,
  type TaskStatus,
  taskPage,
  taskSchema,
  tasksQuery,
} from "@chapterhouse/domain";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";
import { idParams } from "./params.ts";

const tags = ["tasks"];

const statuses = (asked: TaskStatus | "live" | "terminal"): readonly TaskStatus[] => {
  if (asked === "live") return LIVE_STATUSES;
  return asked === "terminal" ? TERMINAL_STATUSES : [asked];
};

export const taskRoutes = (app: App, { queue, producer }: AppDeps): void => {
  app.get(
    ROUTES.tasks,
    {
      config: { access: "reader" },
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
        ...(status !== undefined && { status: statuses(status) }),
        ...(kind !== undefined && { kinds: [kind] }),
        ...(parent !== undefined && { parent: parent === "none" ? null : parent }),
      });
    },
  );

  app.get(
    ROUTES.task,
    {
      config: { access: "reader" },
      schema: {
        tags,
        summary: "A task",
        params: idParams,
        response: { 200: taskSchema, ...errors("TASK_NOT_FOUND") },
      },
    },
    async (request) => {
      const { id } = request.params;
      const [task] = await queue.find([id]);
      if (!task) throw new ChapterhouseError("TASK_NOT_FOUND", "No such task", { details: { id } });
      return task;
    },
  );

  app.post(
    ROUTES.cancelTask,
    {
      config: { access: "member" },
      schema: {
        tags,
        summary: "Cancel a task and its children; one that has ended stays as it is",
        params: idParams,
        response: { 202: taskSchema, ...errors("TASK_NOT_FOUND") },
      },
    },
    async (request, reply) => reply.code(202).send(await producer.cancelTask(request.params.id)),
  );
};
