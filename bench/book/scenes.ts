import { setTimeout as sleep } from "node:timers/promises";
import { isTerminal, type Task } from "@chapterhouse/domain";
import type { TemporaryStore } from "@chapterhouse/pocketbase";
import { createPocketBaseQueue, createProducer, type TaskQueue } from "@chapterhouse/taskqueue";
import type { BookSite } from "../scrape/book-site.ts";
import { type Checked, startChecker } from "./checker.ts";
import type { Fleet } from "./fleet.ts";

// One book as one parent, on a real PocketBase with real runner processes: what bench/book.ts measures and the system
// test holds to.

export interface Stage {
  readonly store: TemporaryStore;
  readonly site: BookSite;
  readonly fleet: Fleet;
}

const PAGE = 1000;
const POLL_MS = 20;

const addBook = async (queue: TaskQueue, { site }: Stage): Promise<string> =>
  (await createProducer(queue, { minGapMs: 0 }).createScrapeTask("book", site.book, 0, 0)).task.id;

const find = async (queue: TaskQueue, id: string): Promise<Task> => {
  const [task] = await queue.find([id]);
  if (!task) throw new Error(`there is no task ${id}`);
  return task;
};

const until = async (queue: TaskQueue, id: string, isIt: (task: Task) => boolean): Promise<Task> => {
  for (;;) {
    const task = await find(queue, id);
    if (isIt(task)) return task;
    await sleep(POLL_MS);
  }
};

export const childrenOf = async (queue: TaskQueue, parent: string): Promise<readonly Task[]> => {
  const all: Task[] = [];
  for (;;) {
    const page = await queue.children(parent, { from: all.length, limit: PAGE });
    all.push(...page.map(({ task }) => task));
    if (page.length < PAGE) return all;
  }
};

export interface Whole {
  readonly task: Task;
  readonly children: readonly Task[];
  readonly seconds: number;
  readonly kills: number;
  readonly checked: Checked;
}

/** A book from its address to its end, while so many runners are killed. */
export const scrapeWhole = async (stage: Stage, { kills }: { readonly kills: number }): Promise<Whole> => {
  const queue = createPocketBaseQueue(stage.store.backend);
  const startedAt = performance.now();
  const id = await addBook(queue, stage);
  const checker = startChecker(stage.store.folder, id, stage.site.pages.length);
  let isOver = false;
  try {
    await until(queue, id, ({ children }) => children.done > 0);
    const killing = stage.fleet.killAtRandom(kills, () => isOver);
    const task = await until(queue, id, ({ status }) => isTerminal(status));
    isOver = true;
    const seconds = (performance.now() - startedAt) / 1000;
    return { task, children: await childrenOf(queue, id), seconds, kills: await killing, checked: checker.stop() };
  } catch (error) {
    isOver = true;
    checker.stop();
    throw error;
  }
};

export interface CancelledBook {
  readonly task: Task;
  readonly children: readonly Task[];
  /** ms from the call until it was answered, until the site was asked for the last time, and until all had ended. */
  readonly answeredMs: number;
  readonly lastRequestMs: number;
  readonly settledMs: number;
  /** Until all children had ended but what the stopped runner held. */
  readonly othersSettledMs: number;
  /** Requests for chapters that the site was at work on when it was called; connections closed on it after that. */
  readonly atWork: number;
  readonly hungUp: number;
  /** Requests that came after the others had settled. */
  readonly lateRequests: number;
  /** Of each task: from `cancelRequestedAt` to `finishedAt`. */
  readonly acknowledgedMs: readonly number[];
  /** Tasks that the stopped runner held. */
  readonly heldByStopped: number;
  readonly checked: Checked;
}

const heldBy = async (queue: TaskQueue, runner: string): Promise<readonly string[]> => {
  const { items } = await queue.list({ status: ["running", "cancelling"], limit: 100 });
  return items.filter((task) => task.runner === runner).map(({ id }) => id);
};

/** A book that is cancelled when `after` of its chapters are stored; `stopOne` sends SIGSTOP to a runner at work before. */
export const cancelInMidRun = async (
  stage: Stage,
  { after, stopOne }: { readonly after: number; readonly stopOne: boolean },
): Promise<CancelledBook> => {
  const { store, site, fleet } = stage;
  const queue = createPocketBaseQueue(store.backend);
  const id = await addBook(queue, stage);
  const checker = startChecker(store.folder, id, site.pages.length);
  await until(queue, id, ({ children }) => children.done >= after);
  const stopped = stopOne ? await stopOneAtWork(queue, fleet) : null;
  const atWork = site.waiting();
  const hungUpBefore = site.hungUp();
  const calledAt = Date.now();
  await queue.cancel([id]);
  const answeredMs = Date.now() - calledAt;
  const others = await untilEnded(queue, id, stopped?.held ?? []);
  const requests = site.requests();
  const task = await until(queue, id, ({ status }) => isTerminal(status));
  const children = await childrenOf(queue, id);
  const settledMs = Math.max(...[task, ...children].map(finishedAt)) - calledAt;
  const cancelled = [task, ...children].filter(({ cancelRequestedAt }) => cancelRequestedAt !== null);
  const answer = {
    task,
    children,
    answeredMs,
    lastRequestMs: Math.max(0, site.lastAskedAt() - calledAt),
    settledMs,
    othersSettledMs: others - calledAt,
    atWork,
    hungUp: site.hungUp() - hungUpBefore,
    lateRequests: site.requests() - requests,
    acknowledgedMs: cancelled.map((each) => finishedAt(each) - Date.parse(each.cancelRequestedAt ?? "")),
    heldByStopped: stopped?.held.length ?? 0,
    checked: checker.stop(),
  };
  if (stopped) await fleet.kill(stopped.runner);
  return answer;
};

const finishedAt = (task: Task): number => Date.parse(task.finishedAt ?? "");

/** A runner that holds something, asleep from now on, with what it holds. */
const stopOneAtWork = async (queue: TaskQueue, fleet: Fleet) => {
  for (;;) {
    for (const runner of fleet.runners) {
      runner.process.kill("SIGSTOP");
      const held = await heldBy(queue, runner.id);
      if (held.length > 0) return { runner, held };
      runner.process.kill("SIGCONT");
    }
  }
};

/** When the last child but these had ended, ms since the epoch. */
const untilEnded = async (queue: TaskQueue, parent: string, except: readonly string[]): Promise<number> => {
  for (;;) {
    const others = (await childrenOf(queue, parent)).filter((task) => !except.includes(task.id));
    if (others.every(({ status }) => isTerminal(status))) return Math.max(...others.map(finishedAt));
    await sleep(POLL_MS);
  }
};
