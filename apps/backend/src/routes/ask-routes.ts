import { ChapterhouseError, newQueueTaskBody, queueTaskCreated, ROUTES } from "@chapterhouse/domain";
import { configureLanesOf, type NewTask } from "@chapterhouse/taskqueue";
import type { z } from "zod";
import { isOwnKind, tasksAskedFor } from "../asked-tasks.ts";
import { type Caller, ENQUEUE, callerOf, checkKind, mayOperate, nameOf } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";

const tags = ["queues"];
/** Ten thousand payloads need more room than other requests. */
const BODY_BYTES = 8 * 1024 * 1024;

type Body = z.infer<typeof newQueueTaskBody>;

/**
 * Throws `FORBIDDEN`. Which of the library's records a chapter's task fills is its book's word; from anyone else it would
 * put one book's text into another.
 */
const checkAsked = (caller: Caller, kind: string): void => {
  checkKind(caller, kind);
  if (kind !== "scrape.chapter" || mayOperate(caller)) return;
  throw new ChapterhouseError("FORBIDDEN", "Chapters are scraped by their book: scrape.book_range", {
    details: { kind },
  });
};

/** The task that stands for all of the list; it is not run itself, and ends with the last of them. */
const listTask = ({ type, items = [], meta, onChildFailure }: Body): NewTask => ({
  kind: `batch.${type}`,
  payload: { type, items: items.length, meta },
  onChildFailure,
});

/** Work that is asked for by its kind's name, one task or a list of them under a parent. */
export const askRoutes = (app: App, { config, queue, complete, resolve }: AppDeps): void => {
  const rules = { allow: config.scrapeAllow, resolve };

  const add = async (body: Body, createdBy: string) => {
    const { type, items, meta } = body;
    const priority = body.priority === undefined ? {} : { priority: body.priority };
    const asked = await tasksAskedFor(type, items ?? [meta], { complete, rules });
    const tasks = asked.map((task) => ({ ...task, ...priority }));
    if (isOwnKind(type)) await configureLanesOf(queue, tasks, config.scrapeMinGapMs);
    if (items) return queue.addTree({ ...listTask(body), ...priority, createdBy, children: tasks });
    const [added] = await queue.add(tasks.map((task) => ({ ...task, createdBy })));
    if (!added) throw new ChapterhouseError("INTERNAL", "The queue answered nothing");
    return added;
  };

  app.post(
    ROUTES.queueTasks,
    {
      config: ENQUEUE,
      bodyLimit: BODY_BYTES,
      schema: {
        tags,
        summary: "Add a task, or a list of tasks of one kind under a parent",
        body: newQueueTaskBody,
        response: {
          201: queueTaskCreated.describe("added"),
          200: queueTaskCreated.describe("a live task does this already"),
          ...errors(
            "BAD_REQUEST",
            "BAD_URL",
            "DEFINITION_NOT_FOUND",
            "KIND_DISABLED",
            "BODY_TOO_LARGE",
            "UNSUPPORTED_MEDIA_TYPE",
          ),
        },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      checkAsked(caller, request.body.type);
      const { task, created } = await add(request.body, nameOf(caller));
      return reply.code(created ? 201 : 200).send({ task_id: task.id, task, created });
    },
  );
};
