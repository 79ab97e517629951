import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createThreads } from "../../../src/speech/threads.ts";
import type { Threads, ThreadsOptions } from "../../../src/speech/threads.ts";
import type { Misdeed } from "./misbehaving-thread.ts";

const entry = new URL("./misbehaving-thread.ts", import.meta.url);
const never = new AbortController().signal;
let threads: Threads<Misdeed, number>;

const open = (options: Partial<ThreadsOptions> = {}): void => {
  threads = createThreads({ entry, size: 1, timeoutMs: 10_000, idleMs: 60_000, ...options });
};
const ask = (misdeed: Misdeed, signal = never) => threads.run(misdeed, signal);

beforeEach(() => open());
afterEach(() => threads.close());

describe("a thread may do its worst", () => {
  test.each<[Misdeed, string, boolean]>([
    ["fail", "ENGINE_EMPTY", true],
    ["throw", "ENGINE_FAILED", true],
    ["exit", "ENGINE_FAILED", false],
    ["throw-later", "ENGINE_FAILED", false],
    ["reject-later", "ENGINE_FAILED", false],
  ])("%s is %s", async (misdeed, code, lives) => {
    expect(await ask("none")).toBe(1);
    await expect(ask(misdeed)).rejects.toMatchObject({ code });
    // A thread that counts on from before is the same one.
    expect(await ask("none")).toBe(lives ? 2 : 1);
  });

  test.each<Misdeed>(["hang", "spin"])("%s is ENGINE_TIMEOUT in its time", async (misdeed) => {
    await threads.close();
    open({ timeoutMs: 300 });
    await expect(ask(misdeed)).rejects.toMatchObject({ code: "ENGINE_TIMEOUT" });
    expect(await ask("none")).toBe(1);
  });

  test.each<Misdeed>(["hang", "spin"])("aborting ends it in the middle of %s", async (misdeed) => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const asked = ask(misdeed, stop.signal);
    const waiting = ask("none");
    stop.abort(reason);
    await expect(asked).rejects.toBe(reason);
    expect(await waiting).toBe(1);
  });
});

test("requests wait for a free thread, and an aborted one is passed over", async () => {
  const stop = new AbortController();
  const first = ask("none");
  const second = Promise.allSettled([ask("spin", stop.signal)]);
  const third = ask("none");
  stop.abort("enough");
  expect(await first).toBe(1);
  expect(await second).toEqual([{ status: "rejected", reason: "enough" }]);
  expect(await third).toBe(2);
});

test("an aborted request does not wait for the thread that is busy with another", async () => {
  const [hanging, stop] = [new AbortController(), new AbortController()];
  const busy = ask("hang", hanging.signal);
  const waiting = Promise.allSettled([ask("none", stop.signal)]);
  stop.abort("enough");
  expect(await waiting).toEqual([{ status: "rejected", reason: "enough" }]);
  // One signal that ends both must not start the second in the place of the first.
  const both = Promise.allSettled([busy, ask("none", hanging.signal)]);
  hanging.abort("both");
  expect(await both).toEqual([1, 2].map(() => ({ status: "rejected", reason: "both" })));
  expect(await ask("none")).toBe(1);
});

test("an idle thread ends, and the next request has a new one", async () => {
  await threads.close();
  open({ idleMs: 1 });
  expect(await ask("none")).toBe(1);
  // Its end has no signal of its own: what is seen is that the count starts again.
  let answer = await ask("none");
  while (answer !== 1) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    answer = await ask("none");
  }
  expect(answer).toBe(1);
});

test("threads work side by side", async () => {
  await threads.close();
  open({ size: 2 });
  const stop = new AbortController();
  const stuck = ask("hang", stop.signal);
  expect(await ask("none")).toBe(1);
  stop.abort(new Error("enough"));
  await expect(stuck).rejects.toThrow("enough");
});
