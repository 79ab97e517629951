import { expect, test } from "vitest";
import {
  addOne,
  bookTask,
  card,
  claim,
  claimBy,
  done,
  fenceOf,
  findOne,
  LEASE_MS,
  narration,
  type Open,
  type QueueUnderTest,
  settleOne,
  statusOf,
} from "./queue-under-test.ts";

const beat = ({ runner }: QueueUnderTest, id: string, leaseMs: number) => runner.heartbeat(card(id), leaseMs, []);

export const releasingSuite = (open: Open): void => {
  test("what a dead runner held goes back at once, without an attempt or a crash; what others hold stays", async () => {
    const queue = await open();
    await queue.backend.add([1, 2, 3, 4].map((chapter) => narration(chapter, { maxAttempts: 1 })));
    const held = await claimBy(queue, { runner: "dead", limit: 3 });
    const [other] = await claimBy(queue, { runner: "other", limit: 1 });
    await beat(queue, "dead", 0);
    await queue.backend.cancel([held[2]?.id ?? ""]);
    expect(await queue.backendPorts.admin.releaseRunner("dead")).toEqual({ released: 3 });
    const [first, second, cancelled] = await queue.backend.find(held.map(({ id }) => id));
    for (const task of [first, second]) {
      expect(task).toMatchObject({ status: "pending", attempts: 0, crashes: 0, runner: null, error: null });
    }
    expect(cancelled).toMatchObject({ status: "cancelled", crashes: 0 });
    expect(await findOne(queue, other?.id ?? "")).toMatchObject({ status: "running", runner: "other" });
    expect((await claim(queue)).map(({ lease }) => lease)).toEqual([2, 2]);
  });

  test("the dead one's later writes are refused", async () => {
    const queue = await open();
    await addOne(queue);
    const [task] = await claimBy(queue, { runner: "dead" });
    if (!task) throw new Error("nothing was claimable");
    await queue.backendPorts.admin.releaseRunner("dead");
    expect(await settleOne(queue, task, done)).toBeNull();
    await expect(queue.runner.add([narration(1)], fenceOf(task))).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect((await queue.runner.heartbeat(card("dead"), LEASE_MS, [fenceOf(task)])).lost).toEqual([task.id]);
    expect(await statusOf(queue, task.id)).toBe("pending");
  });

  test("a slot of its lane is free again, and a parent whose last child was cancelled ends", async () => {
    const queue = await open();
    await queue.backend.configureLane("serial", { concurrency: 1, gapMs: 0 });
    await addOne(queue, bookTask());
    const [parent] = await claimBy(queue);
    if (!parent) throw new Error("nothing was claimable");
    await queue.runner.add([narration(1, { lane: "serial" })], fenceOf(parent));
    await settleOne(queue, parent, { type: "wait" });
    const [child] = await claimBy(queue, { runner: "dead" });
    await queue.backend.cancel([child?.id ?? ""]);
    await queue.backendPorts.admin.releaseRunner("dead");
    expect(await statusOf(queue, parent.id)).toBe("cancelled");
    await addOne(queue, narration(2, { lane: "serial" }));
    expect(await claim(queue)).toHaveLength(1);
  });

  test("one that is alive is RUNNER_ALIVE unless forced, an unknown one RUNNER_NOT_FOUND", async () => {
    const queue = await open();
    const { admin } = queue.backendPorts;
    await addOne(queue);
    await claimBy(queue, { runner: "alive" });
    await beat(queue, "alive", LEASE_MS);
    await expect(admin.releaseRunner("alive")).rejects.toMatchObject({ code: "RUNNER_ALIVE" });
    expect(await admin.releaseRunner("alive", { force: true })).toEqual({ released: 1 });
    await expect(admin.releaseRunner("unknown", { force: true })).rejects.toMatchObject({ code: "RUNNER_NOT_FOUND" });
  });
};
