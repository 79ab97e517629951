import {
  byKeyQuery,
  enqueueAnswer,
  enqueuedList,
  newTaskBody,
  newTasksBody,
  removedByKey,
  ROUTES,
} from "@chapterhouse/domain";
import type { NewTask } from "@chapterhouse/taskqueue";
import type { z } from "zod";
import { OPERATE, callerOf, nameOf } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";

const tags = ["tasks"];
const refusals = errors(
  "BAD_REQUEST",
  "PAYLOAD_INVALID",
  "KIND_DISABLED",
  "DEFINITION_NOT_FOUND",
  "BODY_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
);

/** What the body leaves out stays out, so that the kind's definition can say it. */
const newTask = ({ runAt, ...task }: z.infer<typeof newTaskBody>, createdBy: string): NewTask =>
  Object.fromEntries(
    Object.entries({ ...task, createdBy, runAt: runAt === undefined ? undefined : Date.parse(runAt) }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as unknown as NewTask;

/** Tasks of any kind, by its name: for admins, since a task may do whatever its handler does. */
export const enqueueRoutes = (app: App, { enqueue, queue }: AppDeps): void => {
  app.post(
    ROUTES.tasks,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Add a task of any kind; the kind's definition gives what is left out",
        body: newTaskBody,
        response: {
          202: enqueueAnswer.describe("added"),
          200: enqueueAnswer.describe("a task with its key was there: as the key's mode says"),
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      const [added] = await enqueue([newTask(request.body, nameOf(callerOf(request)))]);
      return reply.code(added?.created ? 202 : 200).send(added as z.infer<typeof enqueueAnswer>);
    },
  );

  app.post(
    ROUTES.tasksBatch,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Add up to a thousand tasks in one transaction, answered in their order",
        body: newTasksBody,
        response: { 202: enqueuedList, ...refusals },
      },
    },
    async (request, reply) => {
      const createdBy = nameOf(callerOf(request));
      const added = await enqueue(request.body.tasks.map((task) => newTask(task, createdBy)));
      return reply.code(202).send({ items: [...added] });
    },
  );

  app.delete(
    ROUTES.taskByKey,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Remove the task that holds a key; one that runs loses its key and its further attempts",
        querystring: byKeyQuery,
        response: { 200: removedByKey, ...errors("BAD_REQUEST") },
      },
    },
    async (request) => ({ task: await queue.removeTask(request.query.key) }),
  );
};
