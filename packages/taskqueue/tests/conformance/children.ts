import { expect, test } from "vitest";
import {
  actOnIds,
  addOne,
  claim,
  claimOne,
  done,
  failure,
  fenceOf,
  narration,
  type Open,
  settleOne,
  waitingParent,
} from "./queue-under-test.ts";

export const childrenSuite = (open: Open): void => {
  test("they come in the order of their addition, whatever became of them, page by page", async () => {
    const queue = await open();
    const parentTask = await addOne(queue);
    const parent = await claimOne(queue);
    await queue.runner.add([narration(1, { priority: 9 }), narration(2), narration(3)], fenceOf(parent));
    await queue.runner.add([narration(4, { priority: -9 }), narration(5)], fenceOf(parent));
    for (const [index, task] of (await claim(queue, 3)).entries()) {
      await settleOne(queue, task, index === 0 ? failure(true) : done);
    }
    const all = await queue.backend.children(parentTask.id, { limit: 1000 });
    expect(all.map(({ index, task }) => [index, task.payload["chapter"]])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
    const pages = await Promise.all(
      [0, 2, 4, 6].map((from) => queue.backend.children(parentTask.id, { from, limit: 2 })),
    );
    expect(pages.flat()).toEqual(all);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1, 0]);
  });

  test("they are whole tasks, and a runner may read them too", async () => {
    const queue = await open();
    const { parent, children } = await waitingParent(queue, 2);
    const read = await queue.runner.children(parent.id, { limit: 10 });
    expect(read.map(({ task }) => task)).toEqual(await queue.backend.find(children.map(({ id }) => id)));
  });

  test("who has none has an empty list; other parents' are not among them", async () => {
    const queue = await open();
    const { children } = await waitingParent(queue, 2);
    expect(await queue.backend.children(children[0]?.id ?? "", { limit: 10 })).toEqual([]);
    expect(await queue.backend.children("nosuchtask12345", { limit: 10 })).toEqual([]);
  });

  test("one that is removed is a child no more, and those after it move up", async () => {
    const queue = await open();
    const { parent, children } = await waitingParent(queue, 3);
    const [, second] = children;
    if (second) await settleOne(queue, second, done);
    await actOnIds(queue, { type: "remove" }, second?.id ?? "");
    const left = await queue.backend.children(parent.id, { limit: 10 });
    expect(left.map(({ index, task }) => [index, task.payload["chapter"]])).toEqual([
      [0, 1],
      [1, 3],
    ]);
  });
};
