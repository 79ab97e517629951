import type { CronItem, CronSpec, Task } from "@chapterhouse/domain";
import type { Crontab, NewTask, TaskQueue } from "../../src/index.ts";
import { type CronItemInput, parseCronItems } from "../../src/cron/cron-spec.ts";
import { lastOccurrences } from "../../src/cron/occurrences.ts";
import { fireDueCron } from "../../src/cron/start-cron.ts";

/** One crontab as both accounts see it, and the queue that its tasks come to; in memory both are the same object. */
export interface CronUnderTest {
  readonly backend: Crontab;
  readonly runner: Crontab;
  readonly queue: TaskQueue;
  /** Another queue that refuses a task of this kind, from now on or no longer. */
  readonly setKind: (kind: string, status: "active" | "disabled") => Promise<unknown>;
}

export type OpenCron = () => Promise<CronUnderTest>;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const KIND = "test.cron";

export const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Every hour at the minute that is half an hour away: whatever the clock does during a test, none of its times is near. */
export const hourly = (now: number): string => `${(new Date(now).getUTCMinutes() + 30) % 60} * * * *`;

export const specOf = (item: Partial<CronItemInput>, now: number): CronSpec => {
  const [spec] = parseCronItems([{ kind: KIND, schedule: hourly(now), ...item }]);
  if (!spec) throw new Error("no item");
  return spec;
};

export const nowOf = async (crontab: Crontab): Promise<number> => (await crontab.dueCron()).now;

/** An item as it stands after nobody has looked for a while: its first time that was missed is the `missed`-th last. */
export const saveMissed = async (
  crontab: Crontab,
  missed: number,
  item: Partial<CronItemInput> = {},
): Promise<readonly string[]> => {
  const now = await nowOf(crontab);
  const spec = specOf(item, now);
  const times = lastOccurrences(spec, { from: 0, upTo: now, most: missed });
  await crontab.saveCron("api", [{ ...spec, nextAt: times[0] ?? now + HOUR_MS }]);
  return times.map((time) => new Date(time).toISOString());
};

export const findItem = async (crontab: Crontab, identifier: string): Promise<CronItem | undefined> =>
  (await crontab.listCron()).find((item) => item.identifier === identifier);

interface CronMark {
  readonly ts: string;
  readonly backfilled: boolean;
}

const markOf = ({ payload }: Task): CronMark => payload["_cron"] as CronMark;

/** The tasks that cron added, in the order of the times they are for. */
export const listFired = async (queue: TaskQueue): Promise<readonly Task[]> => {
  const { items } = await queue.list({ kinds: [KIND], limit: 500 });
  return items.toSorted((a, b) => (markOf(a).ts < markOf(b).ts ? -1 : 1));
};

/** Those times: an occurrence that was fired twice stands in it twice. */
export const firedTimes = async (queue: TaskQueue): Promise<readonly string[]> =>
  (await listFired(queue)).map((task) => markOf(task).ts);

export const look = (crontab: Crontab): Promise<number | null> => fireDueCron({ crontab, log: silent });

/** A scheduler that dies of every `nth` firing: of odd ones before it is done, of even ones before it hears of it. */
export const dying = (crontab: Crontab, nth: number): Crontab => {
  let calls = 0;
  return {
    ...crontab,
    dueCron: () => crontab.dueCron(),
    fireCron: async (firing) => {
      calls += 1;
      if (calls % nth !== 0) return crontab.fireCron(firing);
      if ((calls / nth) % 2 === 0) await crontab.fireCron(firing);
      throw new Error("killed");
    },
  };
};

export const newTask = (payload: Record<string, unknown> = {}): NewTask => ({ kind: KIND, payload });
