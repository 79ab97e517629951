import {
  ChapterhouseError,
  logPage,
  logQuery,
  releaseRunnerBody,
  releasedAnswer,
  ROUTES,
  taskActionsAnswer,
  taskActionsBody,
  whySchema,
} from "@chapterhouse/domain";
import type { TaskAction, TaskSelection } from "@chapterhouse/taskqueue";
import type { z } from "zod";
import { OPERATE, READ } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";
import { idParams } from "./params.ts";

const tags = ["operator"];

type ActionsBody = z.infer<typeof taskActionsBody>;

const given = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const actionOf = ({ action }: ActionsBody): TaskAction => {
  if (action.type !== "reschedule" || action.runAt === undefined) return given(action) as TaskAction;
  return given({ ...action, runAt: Date.parse(action.runAt) }) as TaskAction;
};

/** Neither would mean "all tasks" by an oversight. */
const selectionOf = ({ ids, filter }: ActionsBody): TaskSelection => {
  if ((ids === undefined) === (filter === undefined)) {
    throw new ChapterhouseError("BAD_REQUEST", "Give ids or a filter, one of them", { details: { field: "ids" } });
  }
  if (ids) return { ids };
  const { addedBefore, ...match } = filter ?? {};
  return { filter: given({ ...match, addedBefore: addedBefore && Date.parse(addedBefore) }) } as TaskSelection;
};

export const operatorRoutes = (app: App, { admin }: AppDeps): void => {
  app.post(
    ROUTES.taskActions,
    {
      config: OPERATE,
      schema: {
        tags,
        summary:
          "Complete, fail, reschedule, redrive, hold, resume, cancel or remove tasks, or retry their children, by ids or a filter",
        body: taskActionsBody,
        response: { 200: taskActionsAnswer, ...errors("BAD_REQUEST", "UNSUPPORTED_MEDIA_TYPE") },
      },
    },
    async (request) => {
      const { preview } = request.body;
      const answer = await admin.act(actionOf(request.body), selectionOf(request.body), { preview });
      return { ...answer, tasks: [...answer.tasks] };
    },
  );

  app.get(
    ROUTES.taskWhy,
    {
      config: READ,
      schema: {
        tags: ["tasks"],
        summary: "What a task waits for, in one sentence",
        params: idParams,
        response: { 200: whySchema, ...errors("TASK_NOT_FOUND") },
      },
    },
    async (request) => {
      const { id } = request.params;
      const why = await admin.why(id);
      if (!why) throw new ChapterhouseError("TASK_NOT_FOUND", "No such task", { details: { id } });
      return why;
    },
  );

  app.get(
    ROUTES.taskLog,
    {
      config: READ,
      schema: {
        tags: ["tasks"],
        summary: "A task's log, newest first; with `failures` only how its attempts failed",
        params: idParams,
        querystring: logQuery,
        response: { 200: logPage, ...errors("BAD_REQUEST") },
      },
    },
    async (request) => {
      const { limit, cursor, failures = false } = request.query;
      return admin.readLog(request.params.id, { limit, failures, ...(cursor !== undefined && { cursor }) });
    },
  );

  app.post(
    ROUTES.releaseRunner,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Take back, now, all that a dead runner holds",
        params: idParams,
        body: releaseRunnerBody,
        response: { 200: releasedAnswer, ...errors("RUNNER_NOT_FOUND", "RUNNER_ALIVE") },
      },
    },
    async (request) => admin.releaseRunner(request.params.id, { force: request.body?.force ?? false }),
  );
};
