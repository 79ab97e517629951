import { cronSpecSchema } from "@chapterhouse/domain";
import * as fc from "fast-check";
import { expect } from "vitest";
import { answerOf, type Both, type Command, command, HOUR, kind } from "./command.ts";
import { shadowAdd } from "./shadow-add.ts";

const identifier = fc.constantFrom("c.1", "c.2");

/** Two runners see the same due item and both fire it: one of them is told so. */
const fire = async (
  { shadow, real }: Both,
  drawn: { readonly identifier: string; readonly kind: string; readonly late: boolean },
): Promise<void> => {
  const expectedAt = shadow.crons.get(drawn.identifier);
  const expected = drawn.late || typeof expectedAt !== "number" ? shadow.now - 12_345_678 : expectedAt;
  const next = expected + HOUR;
  const firing = {
    identifier: drawn.identifier,
    expected,
    at: shadow.now,
    next,
    tasks: [{ kind: drawn.kind, payload: { from: "cron" } }],
  };
  const answers = await Promise.all([
    answerOf(real.runner.crontab.fireCron(firing)),
    answerOf(real.runner.crontab.fireCron(firing)),
  ]);
  const isDue = expectedAt === firing.expected;
  if (isDue && !shadow.isActive(drawn.kind)) {
    expect(answers, "I9: refused, and its clock stands").toEqual(["KIND_DISABLED", "KIND_DISABLED"]);
    return;
  }
  expect(answers.filter((answer) => answer === true).length, "I9: fired by").toBe(isDue ? 1 : 0);
  if (!isDue) return;
  shadow.crons.set(drawn.identifier, next);
  const added = shadowAdd(shadow, [
    { kind: drawn.kind, payload: { from: "cron" }, createdBy: `cron:${drawn.identifier}` },
  ]);
  if (typeof added === "string") throw new Error(added);
  const { items } = await real.backend.queue.list({ limit: 200 });
  const fresh = items.filter(({ id }) => shadow.find(id) === undefined);
  expect(fresh.length, "I9: tasks of this firing").toBe(1);
  for (const { task } of added) task.id = fresh[0]?.id ?? "";
};

const saveCron = async (
  { shadow, real }: Both,
  { identifier, kind }: { readonly identifier: string; readonly kind: string },
): Promise<void> => {
  const spec = cronSpecSchema.parse({ identifier, kind, schedule: "*/5 * * * *" });
  const nextAt = shadow.now - HOUR;
  await real.backend.crontab.saveCron("api", [{ ...spec, nextAt }]);
  // A schedule that did not change keeps its time.
  if (!shadow.crons.has(identifier)) shadow.crons.set(identifier, nextAt);
};

export const cronCommands: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Command> }[] = [
  { weight: 1, arbitrary: command("saveCron", fc.record({ identifier, kind }), saveCron) },
  { weight: 2, arbitrary: command("fireCron", fc.record({ identifier, kind, late: fc.boolean() }), fire) },
];
