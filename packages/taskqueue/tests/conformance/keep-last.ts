import { expect, test } from "vitest";
import {
  actOnIds,
  claim,
  claimOne,
  done,
  failure,
  findOne,
  narration,
  type Open,
  type QueueUnderTest,
  settleOne,
} from "./queue-under-test.ts";

const put = async (queue: QueueUnderTest, chapter: number) => {
  const [added] = await queue.backend.add([narration(chapter, { key: "k", keyMode: "keep_last" })]);
  if (!added) throw new Error("nothing was answered");
  return added;
};

/** One that runs and one that stands behind it. */
const twoOfOneKey = async (queue: QueueUnderTest) => {
  await put(queue, 1);
  const front = await claimOne(queue, 0);
  const { task: behind } = await put(queue, 2);
  return { front, behind };
};

export const keepLastSuite = (open: Open): void => {
  test("one runs and at most one waits, which has the last payload", async () => {
    const queue = await open();
    const { front, behind } = await twoOfOneKey(queue);
    const answers = [await put(queue, 3), await put(queue, 4)];
    expect(answers.map(({ created, task }) => [created, task.id])).toEqual([
      [false, behind.id],
      [false, behind.id],
    ]);
    expect(await claim(queue)).toEqual([]);
    await settleOne(queue, front, done);
    expect(await claim(queue)).toMatchObject([{ id: behind.id, payload: { chapter: 4 }, key: "k", revision: 2 }]);
    expect(await claim(queue)).toEqual([]);
  });

  test.each<
    [string, (queue: QueueUnderTest, id: string, front: Awaited<ReturnType<typeof claimOne>>) => Promise<unknown>]
  >([
    ["is done", (queue, _, front) => settleOne(queue, front, done)],
    ["fails", (queue, _, front) => settleOne(queue, front, failure(true))],
    [
      "is cancelled",
      async (queue, id, front) => {
        await queue.backend.cancel([id]);
        expect(await claim(queue)).toEqual([]);
        await settleOne(queue, front, done);
      },
    ],
    [
      "is removed",
      async (queue, id) => {
        await queue.runner.reap(0);
        await actOnIds(queue, { type: "hold" }, id);
        await actOnIds(queue, { type: "remove" }, id);
      },
    ],
    [
      "is cancelled before its retry",
      async (queue, id) => {
        await queue.runner.reap(0);
        await queue.backend.cancel([id]);
      },
    ],
    ["loses its key", (queue) => queue.backend.removeTask("k")],
  ])("the one behind comes forward when the first %s", async (_, end) => {
    const queue = await open();
    const { front, behind } = await twoOfOneKey(queue);
    expect(await claim(queue)).toEqual([]);
    await end(queue, front.id, front);
    expect((await claim(queue)).map(({ id }) => id)).toEqual([behind.id]);
  });

  test("the one behind stays there while the first is tried again, and then it is it that is overwritten", async () => {
    const queue = await open();
    const { front, behind } = await twoOfOneKey(queue);
    await queue.runner.reap(0);
    expect((await put(queue, 3)).task.id).toBe(behind.id);
    const [again] = await claim(queue);
    expect(again).toMatchObject({ id: front.id, payload: { chapter: 1 } });
    expect(await claim(queue)).toEqual([]);
    if (again) await settleOne(queue, again, done);
    expect(await claim(queue)).toMatchObject([{ id: behind.id, payload: { chapter: 3 } }]);
  });

  test("one that was cancelled while it stood behind makes room for the next", async () => {
    const queue = await open();
    const { front, behind } = await twoOfOneKey(queue);
    await queue.backend.cancel([behind.id]);
    const next = await put(queue, 3);
    expect(next).toMatchObject({ created: true });
    await settleOne(queue, front, done);
    expect((await claim(queue)).map(({ id }) => id)).toEqual([next.task.id]);
  });

  test("what is left of the key from before, ended or failed, may be removed: the one behind stays behind", async () => {
    const queue = await open();
    const old: string[] = [];
    for (const outcome of [done, failure(true)]) {
      old.push((await put(queue, 0)).task.id);
      await settleOne(queue, await claimOne(queue), outcome);
    }
    const { front, behind } = await twoOfOneKey(queue);
    expect((await actOnIds(queue, { type: "remove" }, ...old)).changed).toBe(2);
    expect(await claim(queue)).toEqual([]);
    expect((await put(queue, 3)).task.id).toBe(behind.id);
    await settleOne(queue, front, done);
    expect((await claim(queue)).map(({ id }) => id)).toEqual([behind.id]);
  });

  test("one that failed while it stood behind holds nobody back when its key is taken from it", async () => {
    const queue = await open();
    const { front, behind } = await twoOfOneKey(queue);
    await actOnIds(queue, { type: "fail", reason: "not wanted" }, behind.id);
    await put(queue, 3);
    const [replaced] = await queue.backend.add([narration(4, { key: "k" })]);
    expect(replaced).toMatchObject({ created: false, task: { payload: { chapter: 4 } } });
    const keys = (await queue.backend.find([front.id, behind.id, replaced?.task.id ?? ""])).map((task) => task?.key);
    expect(keys).toEqual([null, null, "k"]);
    expect((await claim(queue)).map(({ id }) => id)).toEqual([replaced?.task.id]);
  });

  test("one that is held while it stands behind comes forward held", async () => {
    const queue = await open();
    const { front, behind } = await twoOfOneKey(queue);
    await actOnIds(queue, { type: "hold" }, behind.id);
    await settleOne(queue, front, done);
    expect(await claim(queue)).toEqual([]);
    await actOnIds(queue, { type: "resume" }, behind.id);
    expect((await claim(queue)).map(({ id }) => id)).toEqual([behind.id]);
  });

  test("replace over both takes the key from the one that runs and overwrites the one behind it", async () => {
    const queue = await open();
    const { front, behind } = await twoOfOneKey(queue);
    const [added] = await queue.backend.add([narration(9, { key: "k" })]);
    expect(added).toMatchObject({ created: false, task: { id: behind.id, payload: { chapter: 9 } } });
    expect(await findOne(queue, front.id)).toMatchObject({ status: "running", key: null });
    expect((await claim(queue)).map(({ id }) => id)).toEqual([behind.id]);
  });

  test("unsafe_dedupe and keep_first answer the one that runs", async () => {
    const queue = await open();
    const { front } = await twoOfOneKey(queue);
    const [deduped] = await queue.backend.add([narration(8, { key: "k", keyMode: "unsafe_dedupe" })]);
    const [kept] = await queue.backend.add([narration(9, { key: "k", keyMode: "keep_first" })]);
    expect([deduped?.task.id, kept?.task.id]).toEqual([front.id, front.id]);
    expect([deduped?.task.revision, kept?.task.revision]).toEqual([1, 1]);
  });
};
