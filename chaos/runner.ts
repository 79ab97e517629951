import { text } from "node:stream/consumers";
import { SERVICE_ACCOUNTS } from "@chapterhouse/domain";
import { createPocketBaseLibrary } from "@chapterhouse/library";
import { connect } from "@chapterhouse/pocketbase";
import {
  createPocketBasePorts,
  createThreadedHeart,
  startCron,
  startWorker,
  type TaskLogger,
} from "@chapterhouse/taskqueue";
import { Journal } from "./journal.ts";
import { journalled } from "./journalled-queue.ts";
import { chaosKinds } from "./kinds.ts";
import { seeded } from "./random.ts";
import type { RunnerSettings } from "./runner-settings.ts";
import { tryLateWrites } from "./late-writes.ts";

// One runner process of the chaos run: a real worker over the real adapter, whose journal says what was acknowledged.

const settings = JSON.parse(await text(process.stdin)) as RunnerSettings;
const { pace, skewMs, skewAfterMs } = settings;
const journal = new Journal(settings.journal);
const random = seeded(settings.seed);
const credentials = { email: SERVICE_ACCOUNTS.runner, password: settings.password };
const connection = connect({ url: settings.url, credentials });
const ports = createPocketBasePorts(connection);
const library = createPocketBaseLibrary(connection);

const publishAs =
  (late: boolean) =>
  async (chapter: string, fence: { readonly taskId: string; readonly lease: number }): Promise<void> => {
    const note = { type: "published", task: fence.taskId, lease: fence.lease, chapter, late } as const;
    const body = `${fence.taskId}|${fence.lease}|said by ${process.pid}`;
    try {
      await library.publishChapter(chapter, { html: `<p>${body}</p>`, text: body }, fence);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "LEASE_LOST") {
        journal.write({ ...note, accepted: false });
      }
      throw error;
    }
    journal.write({ ...note, accepted: true });
  };

const log: TaskLogger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: ({ err }: { err?: unknown }, message) => {
    // Without an error it tells of a handler that does not heed its signal: ours are made so.
    if (err instanceof Error) journal.write({ type: "defect", message: `${message}: ${err.stack}` });
  },
};

const startedAt = performance.now();
const now = (): number => Date.now() + (performance.now() - startedAt > skewAfterMs ? skewMs : 0);
const { queue, claimed } = journalled(ports.queue, journal);
const worker = startWorker({
  queue,
  defined: chaosKinds(random, publishAs(false)),
  card: { host: "chaos", pid: process.pid, version: "0" },
  concurrency: 4,
  log,
  ...pace,
  now,
  random,
  // Half of them beat from a thread of its own, as the platform's runners do.
  ...(settings.seed % 2 === 0 && { heartbeats: createThreadedHeart({ url: settings.url, credentials }) }),
});
journal.write({ type: "boot", runner: worker.runnerId, pid: process.pid, leaseMs: pace.leaseMs });

const cron = startCron({ crontab: ports.crontab, log, random, runner: worker.runnerId });

tryLateWrites({ claimed, queue: ports.queue, publish: publishAs(true), journal, leaseMs: pace.leaseMs });

// Ctrl-C is for the one who started us: it ends us in its own time.
process.on("SIGINT", () => {});
process.once("SIGTERM", () => {
  void Promise.all([worker.stop(), cron.stop()])
    .then(() => connection.close())
    .then(() => process.exit(0));
});
