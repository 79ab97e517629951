import { createHash } from "node:crypto";
import { type CronItem, type CronSpec, type Follow, type newFollowBody } from "@chapterhouse/domain";
import { type CronItemInput, type NewTask, ownTask } from "@chapterhouse/taskqueue";
import type { z } from "zod";

// A follow is a cron item of ours: nothing else is kept of it.
const PREFIX = "follow:";
const KINDS = { book: "scrape.book", catalogue: "scrape.catalogue" } as const;
const WHATS = ["book", "catalogue"] as const;
const MINUTES_OF_A_DAY = 24 * 60;

type FollowKind = (typeof KINDS)[keyof typeof KINDS];
type NewFollow = z.infer<typeof newFollowBody>;
type What = Follow["what"];

const digestOf = (what: What, url: string): Buffer => createHash("sha256").update(`${what} ${url}`).digest();

export const kindOf = (what: What): FollowKind => KINDS[what];
/** Of a follow's cron item. `url` is canonical. */
export const followId = (what: What, url: string): string => digestOf(what, url).toString("hex", 0, 16);
export const identifierOf = (id: string): string => `${PREFIX}${id}`;

/** Once a day, at a minute that the address says, so that not all of them are due at once. */
const dailySchedule = (what: What, url: string): string => {
  const minute = digestOf(what, url).readUInt32BE(16) % MINUTES_OF_A_DAY;
  return `${minute % 60} ${Math.floor(minute / 60)} * * *`;
};

/** The task of each look, as anyone would ask for it: in its site's lane, and once while it is live. */
const followTask = (what: What, url: string, narrate: string | undefined): NewTask<FollowKind> => {
  if (what === "catalogue") return ownTask("scrape.catalogue", { url });
  return ownTask("scrape.book", { url, ...(narrate !== undefined && { narrate }) });
};

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** What is not asked for stays as it was. `url` is canonical. */
export const followItem = (asked: NewFollow, before: CronSpec | undefined): { item: CronItemInput; task: NewTask } => {
  const { what, url } = asked;
  const narrate = asked.narrate ?? textOf(before?.payload["narrate"]);
  const task = followTask(what, url, narrate);
  const { kind, payload, lane = null, priority = 0, key = null, keyMode = "keep_first" } = task;
  const schedule = asked.schedule ?? before?.schedule ?? dailySchedule(what, url);
  const identifier = identifierOf(followId(what, url));
  return { task, item: { identifier, kind, schedule, lane, priority, key, keyMode, payload: { ...payload } } };
};

/** Null for a cron item that follows nothing. */
export const asFollow = (item: CronItem): Follow | null => {
  const url = textOf(item.payload["url"]);
  const what = WHATS.find((each) => KINDS[each] === item.kind);
  if (!item.identifier.startsWith(PREFIX) || item.source !== "api" || !what || url === undefined) return null;
  const { schedule, nextAt, lastAt, lastTask } = item;
  return {
    id: item.identifier.slice(PREFIX.length),
    what,
    url,
    schedule,
    narrate: textOf(item.payload["narrate"]) ?? null,
    nextAt,
    lastAt,
    lastTask,
  };
};
