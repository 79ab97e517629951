import {
  ChapterhouseError,
  cronBody,
  cronEntry,
  type CronItem,
  cronList,
  enqueueAnswer,
  ROUTES,
} from "@chapterhouse/domain";
import { parseCronItems, resumeCron, runCronNow, saveCronItems, upcoming } from "@chapterhouse/taskqueue";
import { z } from "zod";
import { OPERATE, READ, callerOf, nameOf } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";

const tags = ["cron"];
const params = z.object({ identifier: z.string().max(200) });
const SHOWN = 5;

/** Recurring tasks. Those of a file or of code are listed, paused and run by hand here, but changed where they stand. */
export const cronRoutes = (app: App, { crontab, queue, now }: AppDeps): void => {
  const entry = (item: CronItem) => ({
    item,
    upcoming: item.paused ? [] : upcoming(item, now(), SHOWN).map((at) => new Date(at).toISOString()),
  });
  const find = async (identifier: string) => {
    const item = (await crontab.listCron()).find((each) => each.identifier === identifier);
    if (!item) {
      throw new ChapterhouseError("CRON_NOT_FOUND", `There is no cron item ${identifier}`, { details: { identifier } });
    }
    return item;
  };

  app.get(
    ROUTES.cron,
    {
      config: READ,
      schema: { tags, summary: "Recurring tasks and their next runs", response: { 200: cronList, ...errors() } },
    },
    async () => ({ items: (await crontab.listCron()).map(entry) }),
  );

  app.post(
    ROUTES.cron,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Add a recurring task or change one that was added here",
        body: cronBody,
        response: { 200: cronEntry, ...errors("BAD_REQUEST", "CRON_INVALID", "UNSUPPORTED_MEDIA_TYPE") },
      },
    },
    async (request) => {
      await saveCronItems(crontab, "api", parseCronItems([request.body]));
      return entry(await find(request.body.identifier));
    },
  );

  app.delete(
    ROUTES.cronItem,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Remove a recurring task",
        params,
        response: { 204: z.null(), ...errors("CRON_NOT_FOUND") },
      },
    },
    async (request, reply) => {
      await crontab.removeCron(request.params.identifier);
      return reply.code(204).send(null);
    },
  );

  const response = { 200: cronEntry, ...errors("CRON_NOT_FOUND") };
  app.post(
    ROUTES.pauseCron,
    { config: OPERATE, schema: { tags, summary: "Pause a recurring task", params, response } },
    async (request) => entry(await crontab.pauseCron(request.params.identifier)),
  );

  app.post(
    ROUTES.resumeCron,
    { config: OPERATE, schema: { tags, summary: "Resume it: from its next time on", params, response } },
    async (request) => entry(await resumeCron(crontab, request.params.identifier)),
  );

  app.post(
    ROUTES.runCron,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Add its task now; its times stay as they are",
        params,
        response: { 202: enqueueAnswer, ...errors("CRON_NOT_FOUND", "KIND_DISABLED") },
      },
    },
    async (request, reply) => {
      const added = await runCronNow({ queue, crontab }, request.params.identifier, nameOf(callerOf(request)));
      return reply.code(202).send(added);
    },
  );
};
