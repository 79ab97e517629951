import type { Task, TaskStatus } from "@chapterhouse/domain";
import type { ApiClient } from "./client.ts";
import { endOf, subjectOf, taskTable } from "./describe-task.ts";
import { EXIT, exitCodeOfTasks } from "./exit.ts";
import { openProgress } from "./progress.ts";
import { parseRange } from "./range.ts";
import type { Terminal } from "./terminal.ts";
import { note, printResult } from "./terminal.ts";
import { watchTasks } from "./watch-tasks.ts";

/** What every command gets. Each returns its exit code and throws `ChapterhouseError`. */
export interface CommandContext {
  readonly client: ApiClient;
  readonly terminal: Terminal;
  /** Fires when the person at the terminal wants out: waiting ends, the tasks go on. */
  readonly interrupted: AbortSignal;
  readonly pollMs: number;
}

/** Chapters that failed are listed up to this many; the rest is in `tasks` and on the page. */
const MOST_FAILURES = 20;

const waitFor = async ({ client, terminal, interrupted, pollMs }: CommandContext, tasks: readonly Task[]) => {
  const view = openProgress(terminal.err);
  try {
    return await watchTasks(client, tasks, { onChange: (seen) => view.show(seen), signal: interrupted, pollMs });
  } finally {
    view.close();
  }
};

const sayHowToCancel = (terminal: Terminal, tasks: readonly Task[]) => {
  const ids = tasks.map((task) => task.id);
  note(terminal, `No longer waiting; ${ids.length === 1 ? "the task goes on" : "the tasks go on"}. To stop:`);
  for (const id of ids.slice(0, MOST_FAILURES)) note(terminal, `  npm run chapterhouse -- cancel ${id}`);
};

const noteFailedChildren = async ({ client, terminal }: CommandContext, task: Task) => {
  if (task.children.failed === 0) return;
  const { items } = await client.listTasks({ parent: task.id, status: "failed", limit: MOST_FAILURES });
  for (const child of items) note(terminal, `  ${child.error?.code ?? "failed"}  ${subjectOf(child)}`);
  const more = task.children.failed - items.length;
  if (more > 0) note(terminal, `  … and ${more} more`);
};

export interface ScrapeOptions {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly catalogue?: boolean | undefined;
  readonly wait: boolean;
}

/** The last chapter that a range may name; `--from 40` alone means from there to the end. */
const LAST_CHAPTER = 100_000;

export const scrape = async (context: CommandContext, url: string, options: ScrapeOptions): Promise<number> => {
  const { client, terminal, interrupted } = context;
  const isRange = options.from !== undefined || options.to !== undefined;
  const { task, created } = options.catalogue
    ? await client.scrapeCatalogue(url)
    : isRange
      ? await client.scrapeRange(url, options.from ?? 1, options.to ?? LAST_CHAPTER)
      : await client.scrapeBook(url);
  if (!created) note(terminal, `Already under way as task ${task.id}`);
  if (!options.wait) {
    printResult(terminal, { task, created }, task.id);
    return EXIT.ok;
  }
  const [last = task] = await waitFor(context, [task]);
  if (interrupted.aborted) {
    sayHowToCancel(terminal, [last]);
    return EXIT.interrupted;
  }
  await noteFailedChildren(context, last);
  printResult(terminal, { task: last, created }, endOf(last));
  return exitCodeOfTasks([last]);
};

/** Narrates what the range holds and has no current narration in the voice, and waits for it. */
export const listen = async (
  context: CommandContext,
  slug: string,
  range: string | undefined,
  voice: string | undefined,
): Promise<number> => {
  const { client, terminal, interrupted } = context;
  const answer = await client.narrateRange(slug, parseRange(range), voice);
  const tasks = await waitFor(context, answer.tasks);
  if (interrupted.aborted) {
    sayHowToCancel(terminal, tasks);
    return EXIT.interrupted;
  }
  const done = tasks.filter((task) => task.status === "done").length;
  const failed = tasks.filter((task) => task.status !== "done").map(endOf);
  const sums = [
    `${done} narrated`,
    `${answer.alreadyNarrated} were already there`,
    `${answer.notStored} not scraped yet`,
  ];
  printResult(terminal, { ...answer, tasks }, [sums.join(", "), `${client.url}/books/${slug}`, ...failed].join("\n"));
  return exitCodeOfTasks(tasks);
};

export interface ListOptions {
  readonly status?: TaskStatus | undefined;
  readonly limit: number;
  /** Parts of other tasks as well. */
  readonly all?: boolean | undefined;
}

export const tasks = async ({ client, terminal }: CommandContext, options: ListOptions): Promise<number> => {
  const query = { limit: options.limit, ...(options.status && { status: options.status }) };
  const page = options.all ? await client.listTasks(query) : await client.listQueues(query);
  printResult(terminal, page, taskTable(page.items, Date.now()));
  return EXIT.ok;
};

/** Tries again what failed of a task; what is done stays done. */
export const retry = async (
  { client, terminal }: CommandContext,
  id: string,
  options: { readonly cancelled?: boolean | undefined },
): Promise<number> => {
  const { task, isTriedAgain } = await client.retryTask(id, options.cancelled ?? false);
  if (!isTriedAgain) {
    const more = options.cancelled ? "" : " With --cancelled, what was cancelled is tried again too.";
    note(terminal, `Nothing is to be tried again.${more}`);
  }
  printResult(terminal, task, `${task.status}  ${subjectOf(task)}`);
  return EXIT.ok;
};

export interface FollowOptions {
  readonly catalogue?: boolean | undefined;
  readonly schedule?: string | undefined;
  readonly narrate?: string | undefined;
}

/** Looks at a book, or a catalogue, now and again by a schedule; does not wait for the first look. */
export const follow = async (
  { client, terminal }: CommandContext,
  url: string,
  { catalogue = false, schedule, narrate }: FollowOptions,
): Promise<number> => {
  const answer = await client.follow({
    what: catalogue ? "catalogue" : "book",
    url,
    ...(schedule !== undefined && { schedule }),
    ...(narrate !== undefined && { narrate }),
  });
  const { nextAt } = answer.follow;
  note(terminal, `Followed: ${answer.follow.url}, next looked at ${nextAt ?? "when it is resumed"}`);
  printResult(terminal, answer, answer.task_id);
  return EXIT.ok;
};

/** Asks a task and its children to stop: a running one ends as soon as its runner hears of it. */
export const cancel = async ({ client, terminal }: CommandContext, id: string): Promise<number> => {
  const task = await client.cancelTask(id);
  printResult(terminal, task, `${task.status}  ${subjectOf(task)}`);
  return EXIT.ok;
};
