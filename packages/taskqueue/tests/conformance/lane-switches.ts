import { expect, test } from "vitest";
import { serialLane } from "../../src/index.ts";
import {
  actOnIds,
  addOne,
  bookTask,
  claim,
  claimOne,
  done,
  fenceOf,
  findOne,
  HOUR_MS,
  KINDS,
  LEASE_MS,
  narration,
  type Open,
  settleOne,
  statusOf,
} from "./queue-under-test.ts";

export const laneSwitchesSuite = (open: Open): void => {
  test("nothing of a paused lane is claimed until it is resumed; what runs goes on; other lanes too", async () => {
    const queue = await open();
    const { admin } = queue.backendPorts;
    await addOne(queue, narration(1, { lane: "a" }));
    const running = await claimOne(queue);
    await queue.backend.add([narration(2, { lane: "a" }), narration(3, { lane: "b" })]);
    await admin.pauseLane("a", "the site moves house");
    expect(await queue.backend.listLanes(1, "a")).toMatchObject([
      { paused: true, reason: "the site moves house", pending: 1, running: 1 },
    ]);
    expect((await claim(queue)).map(({ lane }) => lane)).toEqual(["b"]);
    const answer = await queue.runner.claim({ runner: "r", kinds: KINDS, limit: 1, leaseMs: LEASE_MS });
    expect(answer).toEqual({ tasks: [], nextAt: null });
    expect(await settleOne(queue, running, done)).toBe("done");
    await admin.resumeLane("a");
    expect((await claim(queue)).map(({ lane }) => lane)).toEqual(["a"]);
  });

  test("a pause is kept by new limits, a block by a pause; resuming lifts both", async () => {
    const queue = await open();
    const { admin } = queue.backendPorts;
    const lane = "host:a.example";
    await addOne(queue, narration(1, { lane }));
    await admin.pauseLane(lane, "maintenance");
    await queue.backend.configureLane(lane, serialLane());
    await queue.runner.blockLane(lane, Date.now() + HOUR_MS, "429");
    expect(await queue.backend.listLanes(1, lane)).toMatchObject([{ paused: true, concurrency: 1 }]);
    const answer = await queue.runner.claim({ runner: "r", kinds: KINDS, limit: 1, leaseMs: LEASE_MS });
    expect(answer).toEqual({ tasks: [], nextAt: null });
    await admin.resumeLane(lane);
    expect(await queue.backend.listLanes(1, lane)).toMatchObject([{ paused: false, blockedUntil: null, reason: null }]);
    expect(await claim(queue)).toHaveLength(1);
  });

  test("a lane without work is listed by its name alone, an unknown one never", async () => {
    const queue = await open();
    await queue.backend.configureLane("quiet", serialLane());
    expect(await queue.backend.listLanes(10)).toEqual([]);
    expect(await queue.backend.listLanes(10, "quiet")).toMatchObject([{ name: "quiet", running: 0, pending: 0 }]);
    expect(await queue.backend.listLanes(10, "unknown")).toEqual([]);
  });

  test("draining cancels what waits and all below it; what runs goes on", async () => {
    const queue = await open();
    await addOne(queue, bookTask({ lane: "a" }));
    const parent = await claimOne(queue);
    await queue.runner.add([narration(1, { lane: "b" })], fenceOf(parent));
    await settleOne(queue, parent, { type: "later", runAt: Date.now() + HOUR_MS, reason: "busy" });
    const [running, pending, held, elsewhere] = await queue.backend.add([
      narration(2, { lane: "a", priority: -9 }),
      narration(3, { lane: "a" }),
      narration(4, { lane: "a" }),
      narration(5, { lane: "b" }),
    ]);
    const claimed = await claimOne(queue);
    expect(claimed.id).toBe(running?.task.id);
    await actOnIds(queue, { type: "hold" }, held?.task.id ?? "");
    expect(await queue.backendPorts.admin.drainLane("a")).toBe(4);
    const statuses = await Promise.all(
      [running, pending, held, elsewhere].map((added) => statusOf(queue, added?.task.id ?? "")),
    );
    expect(statuses).toEqual(["running", "cancelled", "cancelled", "pending"]);
    expect(await findOne(queue, parent.id)).toMatchObject({
      status: "cancelled",
      children: { total: 1, cancelled: 1 },
    });
    expect(await queue.backendPorts.admin.drainLane("a")).toBe(0);
  });

  test("a parent whose last child is drained ends", async () => {
    const queue = await open();
    await addOne(queue);
    const parent = await claimOne(queue);
    await queue.runner.add([narration(1, { lane: "b" })], fenceOf(parent));
    await settleOne(queue, parent, { type: "wait" });
    expect(await queue.backendPorts.admin.drainLane("b")).toBe(1);
    expect(await statusOf(queue, parent.id)).toBe("cancelled");
  });

  test.each(["pauseLane", "resumeLane", "drainLane"] as const)(
    "%s of an unknown lane is LANE_NOT_FOUND",
    async (name) => {
      const { admin } = (await open()).backendPorts;
      await expect(admin[name]("unknown", "")).rejects.toMatchObject({ code: "LANE_NOT_FOUND" });
    },
  );
};
