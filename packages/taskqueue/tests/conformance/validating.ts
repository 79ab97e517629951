import { expect, test } from "vitest";
import { addOne, bookTask, claimOne, fenceOf, type Open, taskOf } from "./queue-under-test.ts";

/** A value that a field may not have, the code, and what Graphile Worker and KongTask call the same. */
export const REFUSED: readonly (readonly [string, object, string, string?])[] = [
  ["no kind", { kind: "" }, "KIND_INVALID", "GWBID"],
  ["a kind over 128 characters", { kind: "k".repeat(129) }, "KIND_INVALID", "GWBID"],
  ["no lane", { lane: "" }, "LANE_INVALID", "GWBQN"],
  ["a lane over 128 characters", { lane: "l".repeat(129) }, "LANE_INVALID", "GWBQN"],
  ["a key over 512 characters", { key: "k".repeat(513) }, "KEY_INVALID", "GWBJK"],
  ["an unknown key mode", { key: "k", keyMode: "newest" }, "KEY_MODE_INVALID", "GWBKM"],
  ["no attempts", { maxAttempts: 0 }, "MAX_ATTEMPTS_INVALID", "GWBMA"],
  ["half an attempt", { maxAttempts: 1.5 }, "MAX_ATTEMPTS_INVALID", "GWBMA"],
  ["a priority that is no whole number", { priority: 0.5 }, "BAD_REQUEST"],
  ["a time that is no whole number", { runAt: 1.5 }, "BAD_REQUEST"],
  ["a time no calendar has", { runAt: 8.64e15 + 1 }, "BAD_REQUEST"],
  ["more than 20 flags", { flags: Array.from({ length: 21 }, (_, index) => `f${index}`) }, "BAD_REQUEST"],
  ["a flag over 64 characters", { flags: ["f".repeat(65)] }, "BAD_REQUEST"],
  ["a flag without characters", { flags: [""] }, "BAD_REQUEST"],
  ["a group over 128 characters", { group: "g".repeat(129) }, "BAD_REQUEST"],
  ["half a surrogate pair in a lane", { lane: "a\ud800" }, "LANE_INVALID", "GWBQN"],
  ["half a surrogate pair in a flag", { flags: ["\udfff"] }, "BAD_REQUEST"],
  ["a NUL in a key", { key: "a\0b" }, "KEY_INVALID", "GWBJK"],
  ["a payload that is a text", { payload: "text" }, "BAD_REQUEST"],
  ["a payload over 1 MiB", { payload: { text: "x".repeat(1024 * 1024) } }, "BAD_REQUEST"],
];

export const validatingSuite = (open: Open): void => {
  test.each(REFUSED)("%s is refused, with all tasks of the call", async (_, wrong, code, seed) => {
    const queue = await open();
    const tasks = [bookTask(), Object.assign(bookTask(), wrong)];
    const error = { code, details: seed === undefined ? { index: 1 } : { index: 1, seed } };
    await expect(queue.backend.add(tasks)).rejects.toMatchObject(error);
    expect(await queue.backend.counts()).toEqual({});
  });

  test("what is just within the bounds is taken", async () => {
    const queue = await open();
    const task = taskOf("k".repeat(128), {
      lane: "l".repeat(128),
      key: "k".repeat(512),
      maxAttempts: 1,
      flags: Array.from({ length: 20 }, (_, index) => `${index}`.padStart(64, "f")),
      group: "g".repeat(128),
      payload: { text: "x".repeat(1024 * 1024 - 20) },
    });
    const { flags = [], ...rest } = task;
    expect(await addOne(queue, task)).toMatchObject({ ...rest, flags: flags.toSorted() });
  });

  test("children are held to the same, and a refused one takes its siblings with it", async () => {
    const queue = await open();
    await addOne(queue);
    const parent = await claimOne(queue);
    const children = [bookTask(), bookTask({ maxAttempts: 0 })];
    await expect(queue.runner.add(children, fenceOf(parent))).rejects.toMatchObject({ code: "MAX_ATTEMPTS_INVALID" });
    expect((await queue.backend.list({ parent: parent.id, limit: 1 })).items).toEqual([]);
  });
};
