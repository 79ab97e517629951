import { ChapterhouseError } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import { Coalescer } from "../../src/coalescer.ts";

const gate = () => {
  const open = Promise.withResolvers<void>();
  const calls: number[][] = [];
  const send = async (items: readonly number[]): Promise<number[]> => {
    calls.push([...items]);
    await open.promise;
    return items.map((item) => item * 10);
  };
  return { open: () => open.resolve(), calls, send };
};

test("all that arrive while one call is under way share the next, up to its size", async () => {
  const { open, calls, send } = gate();
  const coalescer = new Coalescer(4, send);
  const answers = [coalescer.submit([1]), coalescer.submit([2, 3]), coalescer.submit([4, 5]), coalescer.submit([6])];
  open();
  expect(await Promise.all(answers)).toEqual([[10], [20, 30], [40, 50], [60]]);
  expect(calls).toEqual([[1], [2, 3, 4, 5], [6]]);
});

test("one submission larger than a call is sent whole", async () => {
  const { open, calls, send } = gate();
  open();
  expect(await new Coalescer(2, send).submit([1, 2, 3])).toEqual([10, 20, 30]);
  expect(calls).toEqual([[1, 2, 3]]);
});

test("nothing to send is not sent", async () => {
  const { calls, send } = gate();
  expect(await new Coalescer(2, send).submit([])).toEqual([]);
  expect(calls).toEqual([]);
});

test("a refused call is repeated apart, an unreachable one is not", async () => {
  const calls: number[][] = [];
  const refuse = (code: "BAD_REQUEST" | "STORE_UNREACHABLE") =>
    new Coalescer<number, number>(10, async (items) => {
      calls.push([...items]);
      if (items.includes(2)) throw new ChapterhouseError(code, "no");
      return [...items];
    });
  const bad = refuse("BAD_REQUEST");
  const answers = await Promise.allSettled([bad.submit([0]), bad.submit([1]), bad.submit([2]), bad.submit([3])]);
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  expect(calls).toEqual([[0], [1, 2, 3], [1], [2], [3]]);
  calls.length = 0;
  const away = refuse("STORE_UNREACHABLE");
  const lost = await Promise.allSettled([away.submit([0]), away.submit([1]), away.submit([2])]);
  expect(lost.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(calls).toEqual([[0], [1, 2]]);
});
