import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { KEY_MODES } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import type { NewTask } from "../../src/index.ts";
import { claim, done, failure, fenceOf, KINDS, type QueueUnderTest, settleOne } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

// Adding accounts for its rows by itself, overwriting leaves it to the triggers: after any of it, what is counted is
// what is there.
const { open, store } = storeUnderTest();

/** Each gives no rows when the kept figures are those of the tasks. */
const DIFFERENCES = {
  counts: `SELECT kind, status, n FROM task_counts WHERE n <> 0
    EXCEPT SELECT kind, status, count(*) FROM tasks GROUP BY kind, status`,
  "counts that are missing": `SELECT kind, status, count(*) FROM tasks GROUP BY kind, status
    EXCEPT SELECT kind, status, n FROM task_counts`,
  backlog: `SELECT lane, kind, flags, pending, due FROM lane_backlog WHERE pending <> 0 OR due <> 0
    EXCEPT SELECT lane, kind, flags, count(*), sum(due) FROM tasks WHERE status = 'pending' GROUP BY lane, kind, flags`,
  "backlog that is missing": `SELECT lane, kind, flags, count(*), sum(due) FROM tasks WHERE status = 'pending'
    GROUP BY lane, kind, flags EXCEPT SELECT lane, kind, flags, pending, due FROM lane_backlog`,
  lanes: `SELECT name, running, due FROM lanes EXCEPT SELECT name, (SELECT count(*) FROM tasks WHERE lane = name
    AND lease_until > 0), (SELECT count(*) FROM tasks WHERE lane = name AND status = 'pending' AND due = 1) FROM lanes`,
  "lanes that are missing": "SELECT lane FROM tasks EXCEPT SELECT name FROM lanes",
  children: `SELECT id, child_total, child_done, child_failed, child_cancelled FROM tasks EXCEPT
    SELECT p.id, count(c.id), total(c.status = 'done'), total(c.status = 'failed'), total(c.status = 'cancelled')
    FROM tasks p LEFT JOIN tasks c ON c.parent = p.id GROUP BY p.id`,
  ranks: "SELECT id FROM tasks WHERE rank <> turn + 100 * priority + run_at / 60000",
  "two live ones of a key": `SELECT key, behind FROM tasks WHERE key <> ''
    AND status IN ('pending', 'running', 'waiting', 'cancelling', 'paused') GROUP BY key, behind HAVING count(*) > 1`,
};

const differences = (): string[] => {
  const database = new DatabaseSync(join(store().folder, "pb_data", "data.db"), { readOnly: true });
  try {
    return Object.entries(DIFFERENCES).flatMap(([name, sql]) =>
      database
        .prepare(sql)
        .all()
        .map((row) => `${name}: ${JSON.stringify(row)}`),
    );
  } finally {
    database.close();
  }
};

/** The same numbers for the same seed, so that a failure can be looked at (mulberry32). */
const seeded = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

const anyTask = (below: (n: number) => number): NewTask => ({
  kind: KINDS[below(3)] ?? "scrape.book",
  payload: below(3) === 0 ? [below(9)] : { n: below(9) },
  lane: `lane-${below(3)}`,
  ...(below(5) > 0 && { key: `key-${below(6)}`, keyMode: KEY_MODES[below(5)] ?? "replace" }),
  priority: below(4),
  ...(below(3) === 0 && { runAt: Date.now() + 3_600_000 }),
  ...(below(3) === 0 && { group: `group-${below(2)}` }),
  ...(below(4) === 0 && { flags: ["slow"] }),
  maxAttempts: 1 + below(3),
});

const step = async (queue: QueueUnderTest, below: (n: number) => number): Promise<void> => {
  const tasks = Array.from({ length: 1 + below(12) }, () => anyTask(below));
  const [held, ...rest] = await claim(queue, below(4));
  for (const task of rest) await settleOne(queue, task, below(3) === 0 ? failure(below(2) === 0) : done);
  await (held && below(2) === 0 ? queue.runner.add(tasks, fenceOf(held)) : queue.backend.add(tasks));
  if (below(4) === 0) await queue.backend.removeTask(`key-${below(6)}`);
  if (held && below(3) > 0) await settleOne(queue, held, below(3) === 0 ? { type: "wait" } : failure());
};

test.each([1, 2, 3])("what is counted is what is there, whatever is added over whatever (seed %i)", async (seed) => {
  const queue = await open();
  const below = seeded(seed);
  for (let turn = 0; turn < 40; turn += 1) {
    await step(queue, below);
    expect(differences()).toEqual([]);
  }
});
