import { isTerminal, type Task } from "@chapterhouse/domain";
import type { LaneRate, Why } from "./ports.ts";

/** What the queue knows about a task at one moment. Times in ms since the epoch, 0 for none. */
export interface WaitFacts {
  readonly task: Task;
  /** Its lane, as `claim` judges it. */
  readonly lane: {
    readonly name: string;
    readonly paused: boolean;
    readonly blockedUntil: number;
    /** Of the pause or the block; empty for none given. */
    readonly reason: string;
    /** Not claimed from before: the next slot of `reserveSlot`. */
    readonly nextAt: number;
    readonly rate: LaneRate | null;
    /** When the rate lets the next task through; 0 without a rate. */
    readonly rateOpensAt: number;
    readonly concurrency: number | null;
    /** Tasks of it that hold a lease. */
    readonly running: number;
  };
  /** What the kind's definition says; null when it has none or is active. */
  readonly kindIs: "disabled" | "removed" | null;
  /** True while it stands behind a task with its key; which one, when that is known. */
  readonly behind: boolean;
  readonly keyHolder: string | null;
  /** Due tasks of its lane that are claimed before it, counted up to `MOST_COUNTED_AHEAD`. */
  readonly ahead: number;
  /** Runners that are alive, those among them that do its kind, and how many more tasks these take at once. */
  readonly runners: { readonly alive: number; readonly able: number; readonly places: number; readonly free: number };
}

/** Counting who stands before a task ends here: beyond it nobody needs the number. */
export const MOST_COUNTED_AHEAD = 10_000;

type Said = Omit<Why, "taskId">;
type Facts = WaitFacts & { readonly now: number };

const iso = (time: number): string => new Date(time).toISOString();

/** "12:04:10 UTC", with the date on another day. */
const clock = (time: number, now: number): string => {
  const [day = "", hours = ""] = iso(time).split("T");
  const date = iso(now).startsWith(day) ? "" : `${day} `;
  return `${date}${hours.slice(0, 8)} UTC`;
};
const at = (time: string | null, now: number): string => (time === null ? "" : ` at ${clock(Date.parse(time), now)}`);

/** "1 task", "1,000 tasks". */
const many = (count: number, thing: string): string =>
  `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
const because = (reason: string): string => (reason ? `: ${reason.replace(/\.$/, "")}` : "");
const said = (reason: Why["reason"], sentence: string, until = 0): Said => ({
  reason,
  sentence: `${sentence}.`,
  until: until > 0 ? iso(until) : null,
});

const sayEnded = ({ task, now }: Facts): Said | null => {
  if (!isTerminal(task.status)) return null;
  const when = at(task.finishedAt, now);
  if (task.status === "done") return said("ended", `It was done${when}`);
  if (task.status === "cancelled") return said("ended", `It was cancelled${when}`);
  const failure = task.error ? `: ${task.error.code}${because(task.error.message)}` : "";
  return said("ended", `It failed${when}${failure}`);
};

const sayRunning = ({ task, now }: Facts): Said | null => {
  if (task.status !== "running") return null;
  const since = task.startedAt === null ? "" : ` since ${clock(Date.parse(task.startedAt), now)}`;
  const attempt = `attempt ${task.attempts} of ${task.maxAttempts}`;
  return said("running", `It runs${since} on runner ${task.runner ?? "?"}, ${attempt}`);
};

const sayHeld = ({ task }: Facts): Said | null =>
  task.status === "paused" ? said("held", "It is held: an operator must resume it") : null;

const sayCancelling = ({ task, now }: Facts): Said | null => {
  if (task.status !== "cancelling") return null;
  const asked = `It was asked to stop${at(task.cancelRequestedAt, now)}`;
  const { total, done, failed, cancelled } = task.children;
  const live = total - done - failed - cancelled;
  const rest =
    live > 0 ? `${many(live, "task")} of it still ${live === 1 ? "stops" : "stop"}` : "its runner has not answered yet";
  return said("cancelling", `${asked}: ${rest}`);
};

const sayChildren = ({ task: { status, children } }: Facts): Said | null => {
  if (status !== "waiting") return null;
  const ended = children.done + children.failed + children.cancelled;
  return said(
    "children",
    `It waits for its own tasks: ${ended.toLocaleString("en")} of ${many(children.total, "task")} have ended`,
  );
};

const sayBehind = ({ behind, keyHolder, task }: Facts): Said | null =>
  behind
    ? said(
        "behind_its_key",
        `It starts when task ${keyHolder ?? "before it"} with the same key, ${task.key}, has ended`,
      )
    : null;

const sayNotDue = ({ task, now }: Facts): Said | null => {
  const due = Date.parse(task.runAt);
  if (due <= now) return null;
  if (task.waitingFor !== null)
    return said("not_due", `It was put off to ${clock(due, now)}${because(task.waitingFor)}`, due);
  if (task.attempts === 0 || task.error === null) return said("not_due", `It is due at ${clock(due, now)}`, due);
  const failure = `attempt ${task.attempts} of ${task.maxAttempts} failed with ${task.error.code}`;
  return said("not_due", `It is tried again at ${clock(due, now)}: ${failure}${because(task.error.message)}`, due);
};

const sayLaneShut = ({ lane, now }: Facts): Said | null => {
  const { name, reason, blockedUntil, nextAt, rate, rateOpensAt } = lane;
  if (lane.paused) return said("lane_paused", `Lane ${name} is paused${because(reason)}`);
  if (blockedUntil > now) {
    return said(
      "lane_blocked",
      `Lane ${name} is blocked until ${clock(blockedUntil, now)}${because(reason)}`,
      blockedUntil,
    );
  }
  if (nextAt > now) {
    return said(
      "lane_gap",
      `Lane ${name} keeps a gap between its requests: its next slot is at ${clock(nextAt, now)}`,
      nextAt,
    );
  }
  if (rate === null || rateOpensAt <= now) return null;
  const limit = `${many(rate.count, "task")} in ${(rate.intervalMs / 1000).toLocaleString("en")} s`;
  return said("lane_rate", `Lane ${name} lets ${limit} through: the next at ${clock(rateOpensAt, now)}`, rateOpensAt);
};

/** Empty when nobody stands before it. */
const queueAhead = ({ ahead, lane }: Facts): string => {
  if (ahead === 0) return "";
  const count = ahead >= MOST_COUNTED_AHEAD ? `at least ${many(ahead, "task")}` : many(ahead, "task");
  return `${count} of lane ${lane.name} ${ahead === 1 ? "stands" : "stand"} before it`;
};

const sayLaneFull = (facts: Facts): Said | null => {
  const { concurrency, running, name } = facts.lane;
  if (concurrency === null || running < concurrency) return null;
  const queue = queueAhead(facts);
  const sentence = queue
    ? `It waits for its turn: ${queue}, which runs ${concurrency.toLocaleString("en")} at a time`
    : `It is the next of lane ${name}, which runs ${concurrency.toLocaleString("en")} at a time and is full`;
  return said("lane_full", sentence);
};

const sayKindDisabled = ({ task, kindIs }: Facts): Said | null =>
  kindIs === null
    ? null
    : said("kind_disabled", `Tasks of kind ${task.kind} are held: the kind's definition is ${kindIs}`);

const sayRunners = (facts: Facts): Said | null => {
  const { task, runners } = facts;
  if (runners.alive === 0) return said("no_runner", "No runner is alive");
  if (runners.able === 0) {
    const which = runners.alive === 1 ? "the one that is does not" : `none of the ${runners.alive} that are does`;
    return said("no_handler", `No runner that does ${task.kind} is alive: ${which}`);
  }
  if (runners.free > 0) return null;
  const places = many(runners.places, "place");
  const busy =
    runners.able === 1
      ? `the ${places} of the one runner that does ${task.kind} are taken`
      : `all ${places} of ${many(runners.able, "runner")} that do ${task.kind} are taken`;
  const queue = queueAhead(facts);
  return said("runners_busy", `It waits for a runner: ${busy}${queue && `, and ${queue}`}`);
};

const sayNext = (facts: Facts): Said => {
  const queue = queueAhead(facts);
  return said(
    "next",
    queue ? `It waits for its turn: ${queue}, and runners are free` : "It is next: a runner takes it in a moment",
  );
};

/**
 * The order in which reasons count, the first that holds: how it ended, who has it, what it waits for by itself (a
 * person, its children, its key, its time), then its lane, its kind, the runners.
 */
const REASONS: readonly ((facts: Facts) => Said | null)[] = [
  sayEnded,
  sayRunning,
  sayCancelling,
  sayChildren,
  sayHeld,
  sayBehind,
  sayNotDue,
  sayKindDisabled,
  sayLaneShut,
  sayLaneFull,
  sayRunners,
];

/** Why the task does not run (or that it does), in one English sentence for people. Times in it are UTC. */
export const explainWait = (facts: WaitFacts, now: number): Why => {
  const all = { ...facts, now };
  for (const say of REASONS) {
    const why = say(all);
    if (why) return { taskId: facts.task.id, ...why };
  }
  return { taskId: facts.task.id, ...sayNext(all) };
};
