import { ChapterhouseError } from "@chapterhouse/domain";
import { afterEach, expect, test } from "vitest";
import type { Beat, HeartbeatAnswer } from "../../src/index.ts";
import { Beater } from "../../src/worker/beater.ts";
import { monotonicMs } from "../../src/worker/clock.ts";
import type { HeartNews } from "../../src/worker/heart.ts";

const card = { id: "r", host: "h", pid: 1, version: "0", kinds: [], concurrency: 1 };
const all: HeartbeatAnswer = { lost: [], cancelling: [] };
const fence = (taskId: string, lease = 1) => ({ taskId, lease });

let started: Beater[] = [];
afterEach(async () => {
  await Promise.all(started.map((beater) => beater.stop()));
  started = [];
});

/** Beats only when it is told to, but for the first time. `answer` says what each beat brings. */
const beating = (answer: (beats: readonly Beat[], count: number) => Promise<HeartbeatAnswer>, leaseMs = 60_000) => {
  const beats: (readonly Beat[])[] = [];
  const news: HeartNews[] = [];
  const failures: unknown[] = [];
  const heartbeat = (_: unknown, _leaseMs: number, sent: readonly Beat[]) => answer(sent, beats.push(sent));
  const beater = new Beater(heartbeat, {
    card,
    leaseMs,
    heartbeatMs: 3_600_000,
    random: () => 0,
    ticks: monotonicMs,
    onBeat: (brought) => news.push(brought),
    onFailure: (error) => failures.push(error),
  });
  started.push(beater);
  return { beater, beats, news, failures };
};

test("it beats for what is held, with what was reported until that is answered", async () => {
  const { beater, beats, news } = beating(async () => all);
  beater.hold([fence("a"), fence("b"), fence("c")]);
  beater.drop([fence("b"), fence("c", 9)]);
  beater.report(fence("a"), { checkpoint: 7 });
  beater.report(fence("b"), { checkpoint: 8 });
  beater.beat();
  await expect.poll(() => news.length).toBe(2);
  beater.beat();
  await expect.poll(() => news.length).toBe(3);
  expect(beats).toEqual([[], [{ ...fence("a"), checkpoint: 7 }, fence("c")], [fence("a"), fence("c")]]);
  expect(news[1]).toMatchObject({ beats: [fence("a"), fence("c")], reported: ["a"], lost: [], cancelling: [] });
});

test("a lost lease is told of once, and a newer one of the same task is kept", async () => {
  const { beater, beats, news } = beating(async (sent) => ({ ...all, lost: sent.length > 0 ? ["a"] : [] }));
  beater.hold([fence("a", 1)]);
  beater.beat();
  await expect.poll(() => news.length).toBe(2);
  beater.hold([fence("a", 2)]);
  beater.drop([fence("a", 1)]);
  beater.beat();
  await expect.poll(() => beats.length).toBe(3);
  expect(beats.slice(1)).toEqual([[fence("a", 1)], [fence("a", 2)]]);
});

test("a call that is never answered is given up in time for another, and its report goes again", async () => {
  const never = new Promise<HeartbeatAnswer>(() => {});
  const { beater, beats, failures } = beating((_, count) => (count === 2 ? never : Promise.resolve(all)), 80);
  beater.hold([fence("a")]);
  beater.report(fence("a"), { checkpoint: 7 });
  beater.beat();
  await expect.poll(() => beats.length).toBe(3);
  expect(failures).toMatchObject([{ code: "STORE_UNREACHABLE" }]);
  expect(beats[2]).toEqual([{ ...fence("a"), checkpoint: 7 }]);
});

test("a report that is refused costs no lease: the next beat goes without, and a later report goes again", async () => {
  const { beater, beats, failures } = beating(async (sent) => {
    if (sent.some(({ checkpoint }) => checkpoint === "bad")) throw new ChapterhouseError("BAD_REQUEST", "no JSON");
    return all;
  });
  beater.hold([fence("a"), fence("b")]);
  beater.report(fence("a"), { checkpoint: "bad" });
  beater.beat();
  await expect.poll(() => beats.length).toBe(3);
  beater.report(fence("b"), { checkpoint: "good" });
  beater.beat();
  await expect.poll(() => beats.length).toBe(4);
  expect(failures).toMatchObject([{ code: "BAD_REQUEST" }]);
  expect(beats.slice(2)).toEqual([
    [fence("a"), fence("b")],
    [fence("a"), { ...fence("b"), checkpoint: "good" }],
  ]);
});
