import { expect, test } from "vitest";
import { ReportBuffer } from "../../src/worker/report-buffer.ts";

const line = (message: string, at = 0) => ({ at, level: "info", message }) as const;
const page = (done: number) => ({ done, total: null, unit: "pages", message: "", rate: null, eta: null });

test("the last progress and checkpoint count, all lines are kept, and nothing is said twice", () => {
  const buffer = new ReportBuffer();
  buffer.progress(page(1));
  buffer.progress(page(2));
  buffer.checkpoint({ page: 1 });
  buffer.checkpoint(null);
  buffer.line(line("one"));
  buffer.line(line("two"));
  expect(buffer.take()).toEqual({ progress: page(2), checkpoint: null, log: [line("one"), line("two")] });
  buffer.accepted();
  expect([buffer.take(), buffer.rest()]).toEqual([null, {}]);
});

test("one report is under way at a time; until it is answered, a settlement says all of it again", () => {
  const buffer = new ReportBuffer();
  buffer.progress(page(1));
  buffer.line(line("one"));
  expect(buffer.take()).not.toBeNull();
  buffer.line(line("two"));
  expect([buffer.isWaiting, buffer.take()]).toEqual([false, null]);
  expect(buffer.rest()).toEqual({ progress: page(1), log: [line("one"), line("two")] });
  buffer.accepted();
  expect(buffer.take()).toEqual({ log: [line("two")] });
});

test.each([
  ["500 lines", 1200, "x", 500],
  ["64 KiB", 400, "x".repeat(1900), 33],
])("a report has at most %s, the newest", (_, count, text, most) => {
  const buffer = new ReportBuffer();
  for (let at = 0; at < count; at += 1) buffer.line(line(text, at));
  const log = buffer.take()?.log ?? [];
  expect([log.length, log.at(-1)?.at]).toEqual([most, count - 1]);
});

test("a line is cut at 2000 characters", () => {
  const buffer = new ReportBuffer();
  buffer.line(line("x".repeat(3000)));
  expect(buffer.rest().log?.[0]?.message.length).toBe(2000);
});
