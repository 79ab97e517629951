import { ChapterhouseError, type Follow, followCreated, followList, newFollowBody, ROUTES } from "@chapterhouse/domain";
import { configureLanesOf, type NewTask, parseCronItems, saveCronItems } from "@chapterhouse/taskqueue";
import { z } from "zod";
import { checkVoice } from "../asked-tasks.ts";
import { ENQUEUE, READ, callerOf, checkKind, nameOf } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { asFollow, followId, followItem, identifierOf, kindOf } from "../follows.ts";
import { errors } from "../openapi.ts";
import { scrapeTarget } from "../scrape-target.ts";
import { idParams } from "./params.ts";

const tags = ["follows"];

/** Throws `BAD_REQUEST`, `VOICE_UNKNOWN`. */
const checkNarrate = (what: Follow["what"], narrate: string | undefined): void => {
  if (narrate === undefined) return;
  if (what === "book") return void checkVoice(narrate);
  throw new ChapterhouseError("BAD_REQUEST", "A catalogue is not read aloud; follow its books", {
    details: { field: "narrate" },
  });
};

/** Books and sources that are looked at again and again: a cron item each, and the first look at once. */
export const followRoutes = (app: App, { config, crontab, queue, resolve }: AppDeps): void => {
  const items = async () => crontab.listCron();
  const follows = async (): Promise<Follow[]> => (await items()).flatMap((item) => asFollow(item) ?? []);
  const find = async (id: string): Promise<Follow> => {
    const follow = (await follows()).find((each) => each.id === id);
    if (follow) return follow;
    throw new ChapterhouseError("FOLLOW_NOT_FOUND", "Nothing is followed under this id", { details: { id } });
  };

  const look = async (task: NewTask, createdBy: string) => {
    await configureLanesOf(queue, [task], config.scrapeMinGapMs);
    const [added] = await queue.add([{ ...task, createdBy }]);
    if (!added) throw new ChapterhouseError("INTERNAL", "The queue answered nothing");
    return added.task;
  };

  app.get(
    ROUTES.follows,
    { config: READ, schema: { tags, summary: "What is followed", response: { 200: followList, ...errors() } } },
    async () => ({ items: await follows() }),
  );

  app.post(
    ROUTES.follows,
    {
      config: ENQUEUE,
      schema: {
        tags,
        summary: "Follow a book, or add a source: look at it now, and again by its schedule",
        body: newFollowBody,
        response: {
          201: followCreated.describe("followed from now on, and looked at"),
          200: followCreated.describe("it was followed; what the request says is changed"),
          ...errors("BAD_REQUEST", "BAD_URL", "KIND_DISABLED", "UNSUPPORTED_MEDIA_TYPE"),
        },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { what, narrate } = request.body;
      checkKind(caller, kindOf(what));
      checkNarrate(what, narrate);
      const url = await scrapeTarget(request.body.url, { allow: config.scrapeAllow, resolve });
      const id = followId(what, url);
      const before = (await items()).find(({ identifier }) => identifier === identifierOf(id));
      const { item, task } = followItem({ ...request.body, url }, before);
      await saveCronItems(crontab, "api", parseCronItems([item]));
      // Whoever asks again is answered the task of the last look; there is none when it was never added, or is long gone.
      const last = before && task.key !== undefined ? await queue.findByKey(task.key) : null;
      const added = last ?? (await look(task, nameOf(caller)));
      return reply.code(before ? 200 : 201).send({ follow: await find(id), task_id: added.id, task: added });
    },
  );

  app.delete(
    ROUTES.follow,
    {
      config: ENQUEUE,
      schema: {
        tags,
        summary: "Follow it no longer; its books, and tasks that are under way, stay",
        params: idParams,
        response: { 204: z.null(), ...errors("FOLLOW_NOT_FOUND") },
      },
    },
    async (request, reply) => {
      const follow = await find(request.params.id);
      checkKind(callerOf(request), kindOf(follow.what));
      await crontab.removeCron(identifierOf(follow.id));
      return reply.code(204).send(null);
    },
  );
};
