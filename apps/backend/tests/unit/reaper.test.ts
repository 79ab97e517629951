import type { TaskQueue } from "@chapterhouse/taskqueue";
import pino from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startReaper } from "../../src/reaper.ts";

const REAPED = { pending: 0, failed: 0, cancelled: 0, repaired: 0 };
const log = pino({ level: "silent" });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const queueOf = (reap: TaskQueue["reap"]) => ({ reap }) as unknown as TaskQueue;

test("looks every few seconds, also after the store was away, and stops when told", async () => {
  const reap = vi.fn<TaskQueue["reap"]>().mockRejectedValueOnce(new Error("away")).mockResolvedValue(REAPED);
  const stop = startReaper(queueOf(reap), log, 1000);
  await vi.advanceTimersByTimeAsync(3000);
  expect(reap).toHaveBeenCalledTimes(3);
  stop();
  await vi.advanceTimersByTimeAsync(3000);
  expect(reap).toHaveBeenCalledTimes(3);
});

test("asks a slow store once at a time", async () => {
  const slow = Promise.withResolvers<typeof REAPED>();
  const reap = vi.fn<TaskQueue["reap"]>().mockReturnValueOnce(slow.promise).mockResolvedValue(REAPED);
  const stop = startReaper(queueOf(reap), log, 1000);
  await vi.advanceTimersByTimeAsync(5000);
  expect(reap).toHaveBeenCalledTimes(1);
  slow.resolve(REAPED);
  await vi.advanceTimersByTimeAsync(1000);
  expect(reap).toHaveBeenCalledTimes(2);
  stop();
});
