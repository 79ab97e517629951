import {
  ChapterhouseError,
  LIVE_STATUSES,
  logQuery,
  ongoingAnswer,
  type QueuedTask,
  queuedPage,
  queueDetail,
  queueItemDetail,
  queueQuery,
  queuesQuery,
  retryQueueBody,
  ROUTES,
  type Task,
  taskSchema,
} from "@chapterhouse/domain";
import { z } from "zod";
import { CANCEL, ENQUEUE, READ, callerOf, checkKind, nameOf } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";
import type { Overalls } from "../overall.ts";
import { subjectOf } from "../status/subject.ts";
import { idParams } from "./params.ts";
import { cancelAs, requireTask, statusesOf } from "./task-lookups.ts";

const tags = ["queues"];
const itemParams = idParams.extend({ itemId: z.string().max(200) });
const MOST_ONGOING = 50;

/** Work as people look at it: tasks without a parent, with their items and how far all of it is. */
export const queueRoutes = (app: App, { queue, admin }: AppDeps, overalls: Overalls): void => {
  const queued = async (task: Task): Promise<QueuedTask> => ({
    ...task,
    subject: subjectOf(task),
    overall: await overalls.of(task),
  });

  app.get(
    ROUTES.queues,
    {
      config: READ,
      schema: {
        tags,
        summary: "Tasks without a parent, newest first, and how far each is with all that is below it",
        querystring: queuesQuery,
        response: { 200: queuedPage, ...errors("BAD_REQUEST") },
      },
    },
    async (request) => {
      const { limit, cursor, status, type, created_by: createdBy } = request.query;
      const { items, nextCursor } = await queue.list({
        limit,
        parent: null,
        ...(cursor !== undefined && { cursor }),
        ...(status !== undefined && { status: statusesOf(status) }),
        ...(type !== undefined && { kinds: [type, `batch.${type}`] }),
        ...(createdBy !== undefined && { createdBy: [createdBy === "me" ? nameOf(callerOf(request)) : createdBy] }),
      });
      return { items: await Promise.all(items.map(queued)), nextCursor };
    },
  );

  app.get(
    ROUTES.ongoing,
    {
      config: READ,
      schema: {
        tags,
        summary: "What is under way or waits, in short",
        response: { 200: ongoingAnswer, ...errors() },
      },
    },
    async () => {
      const { items } = await queue.list({ status: LIVE_STATUSES, parent: null, limit: MOST_ONGOING });
      return { items: await Promise.all(items.map(queued)) };
    },
  );

  app.get(
    ROUTES.queue,
    {
      config: READ,
      schema: {
        tags,
        summary: "A task with its items, in their order",
        params: idParams,
        querystring: queueQuery,
        response: { 200: queueDetail, ...errors("TASK_NOT_FOUND", "BAD_REQUEST") },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { limit, from } = request.query;
      const task = await requireTask(queue, id);
      // One more than asked for says whether there is more.
      const children = task.children.total === 0 ? [] : await queue.children(id, { limit: limit + 1, from });
      return {
        task: await queued(task),
        items: children.slice(0, limit),
        next: children.length > limit ? from + limit : null,
      };
    },
  );

  app.post(
    ROUTES.cancelQueue,
    {
      config: CANCEL,
      schema: {
        tags,
        summary: "Cancel a task and all below it; one that has ended stays as it is",
        params: idParams,
        response: { 202: taskSchema, ...errors("TASK_NOT_FOUND") },
      },
    },
    async (request, reply) => reply.code(202).send(await cancelAs(callerOf(request), queue, request.params.id)),
  );

  /** True when something is tried again: of what is below the task, else the task itself. */
  const retry = async ({ id, status, children, error }: Task, cancelled: boolean): Promise<boolean> => {
    if (children.total > 0) {
      const { changed } = await admin.act({ type: "retry_children", cancelled }, { ids: [id] });
      if (changed > 0) return true;
    }
    // Who failed by its items alone has nothing of its own to try; beginning it anew would try cancelled ones as well.
    const isOver = status === "failed" ? error?.code !== "CHILDREN_FAILED" : cancelled && status === "cancelled";
    if (!isOver) return false;
    return (await admin.act({ type: "redrive" }, { ids: [id] })).changed > 0;
  };

  app.post(
    ROUTES.retryQueue,
    {
      config: ENQUEUE,
      schema: {
        tags,
        summary: "Try again what failed of a task's items, all levels down; without items, the task itself",
        params: idParams,
        body: retryQueueBody,
        response: {
          202: taskSchema,
          200: taskSchema.describe("there is nothing to try again"),
          ...errors("TASK_NOT_FOUND", "BAD_REQUEST"),
        },
      },
    },
    async (request, reply) => {
      const task = await requireTask(queue, request.params.id);
      checkKind(callerOf(request), task.kind);
      const isRetried = await retry(task, request.body?.cancelled ?? false);
      return reply.code(isRetried ? 202 : 200).send(await requireTask(queue, task.id));
    },
  );

  app.get(
    ROUTES.queueItem,
    {
      config: READ,
      schema: {
        tags,
        summary: "An item with its log, newest line first",
        params: itemParams,
        querystring: logQuery,
        response: { 200: queueItemDetail, ...errors("TASK_NOT_FOUND", "BAD_REQUEST") },
      },
    },
    async (request) => {
      const { id, itemId } = request.params;
      const { limit, cursor, failures = false } = request.query;
      const task = await requireTask(queue, itemId);
      if (task.parent !== id) {
        throw new ChapterhouseError("TASK_NOT_FOUND", "The task has no such item", { details: { id, itemId } });
      }
      return { task, log: await admin.readLog(itemId, { limit, failures, ...(cursor !== undefined && { cursor }) }) };
    },
  );
};
