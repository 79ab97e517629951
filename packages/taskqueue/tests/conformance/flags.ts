import { expect, test } from "vitest";
import { claimBy, KINDS, LEASE_MS, narration, type Open } from "./queue-under-test.ts";

export const flagsSuite = (open: Open): void => {
  test("tasks with any forbidden flag are left to others, whatever stands before whom", async () => {
    const queue = await open();
    await queue.backend.add([
      narration(1, { flags: ["heavy"], priority: -5 }),
      narration(2, { flags: ["foreign", "heavy"], priority: -4 }),
      narration(3, { flags: ["foreign"] }),
      narration(4),
    ]);
    const chapters = async (forbiddenFlags: readonly string[]) =>
      (await claimBy(queue, { forbiddenFlags })).map((task) => task.payload["chapter"]);
    expect(await chapters(["foreign", "heavy"])).toEqual([4]);
    expect(await chapters(["heavy"])).toEqual([3]);
    expect(await chapters(["heavy", "unknown"])).toEqual([]);
    expect(await chapters([])).toEqual([1, 2]);
  });

  test("a flag that is part of another's name forbids nothing", async () => {
    const queue = await open();
    await queue.backend.add([narration(1, { flags: ["heavy-ish", 'a"b'] })]);
    expect(await claimBy(queue, { forbiddenFlags: ["heavy", "ish", "a"] })).toHaveLength(1);
  });

  test("what is forbidden to a runner wakes it at no time", async () => {
    const queue = await open();
    await queue.backend.add([narration(1, { flags: ["heavy"] })]);
    const answer = await queue.runner.claim({
      runner: "r",
      kinds: KINDS,
      limit: 1,
      leaseMs: LEASE_MS,
      forbiddenFlags: ["heavy"],
    });
    expect(answer).toEqual({ tasks: [], nextAt: null });
  });
};
