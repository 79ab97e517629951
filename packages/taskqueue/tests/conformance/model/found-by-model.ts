import { expect, test } from "vitest";
import { HOUR } from "./command.ts";
import type { Real } from "./real.ts";

/** What the model found once, pinned by name: other histories might not come by it for long. */
export const foundByModel = (open: () => Promise<Real>): void => {
  test("a serial lane with several kinds waiting leaves a claim's room to other lanes", async () => {
    const { backend, runner } = await open();
    await backend.queue.configureLane("l.0", { concurrency: 1, gapMs: 0 });
    for (const [kind, lane] of [
      ["k.a", "l.0"],
      ["k.b", "l.0"],
      ["k.a", "l.1"],
    ] as const) {
      await backend.queue.add([{ kind, lane, payload: {} }]);
    }
    const request = { runner: "r.1", kinds: ["k.a", "k.b"], limit: 2, leaseMs: HOUR };
    const { tasks } = await runner.queue.claim(request);
    expect(tasks.map(({ kind, lane }) => [kind, lane])).toEqual([
      ["k.a", "l.0"],
      ["k.a", "l.1"],
    ]);
  });

  test("a settlement whose lease is gone does not take the task's own with it, though it stands before it in one call", async () => {
    const { backend, runner } = await open();
    await backend.queue.add([{ kind: "k.a", payload: {} }]);
    const request = { runner: "r.1", kinds: ["k.a"], limit: 1, leaseMs: 0 };
    const [before] = (await runner.queue.claim(request)).tasks;
    await runner.queue.reap(0);
    const [now] = (await runner.queue.claim({ ...request, leaseMs: HOUR })).tasks;
    if (!before || !now) throw new Error("nothing was claimable");
    const outcome = { type: "done" } as const;
    const settlements = [before, now].map(({ id, lease }) => ({ taskId: id, lease, outcome }));
    expect((await runner.queue.settle(settlements)).map(({ status }) => status)).toEqual([null, "done"]);
  });

  test("a late settlement is refused, though its task ends in the same call by its last child's end", async () => {
    const { backend, runner } = await open();
    await backend.queue.add([{ kind: "k.a", payload: {} }]);
    const request = { runner: "r.1", kinds: ["k.a", "k.b"], limit: 1, leaseMs: HOUR };
    const [parent] = (await runner.queue.claim(request)).tasks;
    if (!parent) throw new Error("nothing was claimable");
    const fence = { taskId: parent.id, lease: parent.lease };
    await runner.queue.add([{ kind: "k.b", payload: {} }], fence);
    await runner.queue.settle([{ ...fence, outcome: { type: "wait" } }]);
    const [child] = (await runner.queue.claim(request)).tasks;
    if (!child) throw new Error("nothing was claimable");
    const outcome = { type: "done" } as const;
    const answer = await runner.queue.settle([
      { ...fence, outcome },
      { taskId: child.id, lease: child.lease, outcome },
    ]);
    expect(answer.map(({ status }) => status)).toEqual([null, "done"]);
    expect((await backend.queue.find([parent.id]))[0]?.status).toBe("done");
  });

  test("of children that are removed in one call, the order says nothing about what becomes of their parent", async () => {
    const { backend } = await open();
    const leaf = { kind: "k.a", payload: {} };
    const tree = await backend.queue.addTree({ ...leaf, children: [leaf, leaf] });
    const ids = tree.children.map(({ task }) => task.id);
    await backend.queue.cancel(ids.slice(1));
    await backend.admin.act({ type: "remove" }, { ids });
    expect((await backend.queue.find([tree.task.id]))[0]?.status).toBe("done");
  });

  test("of a tree that is redriven by a filter the topmost that failed takes the others along", async () => {
    const { backend } = await open();
    const leaf = { kind: "k.a", payload: {} };
    const book = { ...leaf, kind: "k.b", children: [{ ...leaf, children: [leaf] }] };
    const tree = await backend.queue.addTree({ ...leaf, onChildFailure: "ignore", children: [book] });
    const [top] = tree.children;
    const lowest = top?.children[0]?.children[0];
    await backend.queue.cancel([lowest?.task.id ?? ""]);
    const answer = await backend.admin.act({ type: "redrive" }, { filter: {} });
    expect(answer.tasks.map(({ id }) => id)).toEqual([top?.task.id]);
  });
};
