import { fileURLToPath } from "node:url";
import type { Task } from "@chapterhouse/domain";
import { startTemporaryStore } from "@chapterhouse/pocketbase";
import { expect, test } from "vitest";
import { Fleet } from "../../bench/book/fleet.ts";
import { cancelInMidRun, scrapeWhole, type Stage } from "../../bench/book/scenes.ts";
import { startBookSite } from "../../bench/scrape/book-site.ts";

// The same scenes at full length, with what they may take: npm run bench:book.

const CHAPTERS = 300;
const program = fileURLToPath(new URL("quick-runner.ts", import.meta.url));

const onStage = async (delayMs: number, act: (stage: Stage) => Promise<void>): Promise<void> => {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await startTemporaryStore());
  const site = await startBookSite(CHAPTERS, { hosts: 8, paragraphs: 5, delayMs });
  opened.defer(() => site.close());
  const fleet = opened.use(await Fleet.start(store, site.hosts, { count: 4, program }));
  await act({ store, site, fleet });
};

test("a book of 300 chapters whose runners are killed at random: its counts are exact at every moment, and at the end", () =>
  onStage(20, async (stage) => {
    const { task, children, checked, kills } = await scrapeWhole(stage, { kills: 4 });
    expect(checked.wrong).toEqual([]);
    expect(checked.samples).toBeGreaterThan(10);
    expect(kills).toBeGreaterThan(0);
    const counts = { total: CHAPTERS, done: CHAPTERS, failed: 0, cancelled: 0 };
    expect(task).toMatchObject({ status: "done", error: null, children: counts });
    expect(children.filter(({ status }) => status !== "done")).toEqual([]);
  }));

test("a book that is cancelled in mid-run, one of its four runners asleep: the others stop at once, the reaper ends the rest", () =>
  onStage(400, async (stage) => {
    const seen = await cancelInMidRun(stage, { after: 30, stopOne: true });
    expect(seen.checked.wrong).toEqual([]);
    expect(seen.heldByStopped).toBeGreaterThan(0);
    expect(seen.hungUp).toBeGreaterThan(0);
    expect(seen.lateRequests).toBe(0);
    const { done, failed, cancelled } = seen.task.children;
    expect(seen.task.status).toBe("cancelled");
    expect([failed, done + cancelled]).toEqual([0, CHAPTERS]);
    expect(cancelled).toBeGreaterThan(0);
    const acknowledged = ({ status, cancelRequestedAt, finishedAt }: Task) =>
      status === "cancelled" && cancelRequestedAt !== null && finishedAt !== null;
    expect(seen.children.filter((child) => child.status !== "done" && !acknowledged(child))).toEqual([]);
    expect(Math.min(...seen.acknowledgedMs)).toBeGreaterThanOrEqual(0);
  }));
