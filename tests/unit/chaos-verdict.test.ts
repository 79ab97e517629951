import { expect, test } from "vitest";
import type { Entry, Written } from "../../chaos/journal.ts";
import { recoveries } from "../../chaos/recovery.ts";
import { type Verdict, verify } from "../../chaos/verify.ts";
import type { Change, Publication, Testimony } from "../../chaos/witness.ts";

// The verifier is shown histories with one crime each: whoever finds nothing in a chaos run has to be able to find it.

const change = (task: string, was: string, status: string, more: Partial<Change> = {}): Omit<Change, "n"> => ({
  task,
  key: "",
  parent: "",
  lane: "default",
  was,
  status,
  lease: 1,
  crashes: 0,
  attempts: 1,
  runner: "r",
  started_at: 0,
  with_children: 0,
  continuation: 0,
  at: 0,
  ...more,
});

const added = (task: string, more: Partial<Change> = {}) => change(task, "", "pending", { lease: 0, ...more });
const claimed = (task: string, more: Partial<Change> = {}) => change(task, "pending", "running", more);
const ended = (task: string, more: Partial<Change> = {}) => change(task, "running", "done", more);

interface Story {
  readonly history: readonly Omit<Change, "n">[];
  readonly journal?: readonly Entry[];
  readonly published?: readonly Publication[];
  readonly bodies?: Testimony["bodies"];
  readonly firings?: Testimony["firings"];
  /** What is known of the tasks beside their statuses. */
  readonly facts?: Partial<Testimony["tasks"][number]>;
}

const judge = ({ history, journal = [], published = [], bodies = [], firings = [], facts = {} }: Story): Verdict => {
  const statuses = new Map<string, string>();
  for (const { task, status } of history) {
    if (status === "removed") statuses.delete(task);
    else statuses.set(task, status);
  }
  const testimony: Testimony = {
    history: history.map((each, index) => ({ n: index + 1, ...each })),
    published,
    bodies,
    tasks: [...statuses].map(([id, status]) => ({ id, status, error: "", policy: "", children: 0, ...facts })),
    firings,
  };
  return verify(
    journal.map((entry, at): Written => ({ at, ...entry })),
    testimony,
    [],
  );
};

const whole = [added("a"), claimed("a"), ended("a")];
const settled = (lease: number, status: string | null): Entry => ({
  type: "settled",
  task: "a",
  lease,
  outcome: "done",
  status,
  late: false,
});
const publication = { chapter: "c", task: "a", lease: 1, lease_then: 1, status_then: "running" };
const reapedThenDone = [
  added("a"),
  claimed("a"),
  change("a", "running", "pending", { crashes: 1 }),
  claimed("a", { lease: 2, crashes: 1 }),
  ended("a", { lease: 2, crashes: 1 }),
];

test("a whole history is found whole", () => {
  const verdict = judge({
    history: whole,
    journal: [{ type: "added", ids: ["a"] }, settled(1, "done"), settled(1, null)],
    published: [publication],
    bodies: [{ chapter: "c", text: "a|1|x" }],
  });
  expect(Object.values(verdict).flat()).toEqual([]);
});

test("a runner that slept and still has its lease may publish on purpose beside its handler, once", () => {
  const story = {
    history: whole,
    journal: [{ type: "trying", task: "a", lease: 1 }],
    bodies: [{ chapter: "c", text: "a|1|x" }],
  } as const;
  expect(judge({ ...story, published: [publication, publication] }).doublePublished).toEqual([]);
  expect(judge({ ...story, published: [publication, publication, publication] }).doublePublished).toHaveLength(1);
});

const CRIMES: readonly (Story & { readonly crime: string; readonly found: keyof Verdict })[] = [
  { crime: "an acknowledged task is gone", found: "lost", history: [], journal: [{ type: "added", ids: ["a"] }] },
  {
    crime: "a task is removed and nobody asked for it",
    found: "lost",
    history: [added("a"), change("a", "pending", "removed")],
    journal: [{ type: "added", ids: ["a"] }],
  },
  { crime: "a task never ends", found: "lost", history: [added("a"), claimed("a")] },
  {
    crime: "a task is claimed while it is held",
    found: "twoLeases",
    history: [added("a"), claimed("a"), change("a", "cancelling", "running", { lease: 2 }), ended("a", { lease: 2 })],
  },
  {
    crime: "a lease is handed out again",
    found: "twoLeases",
    history: [added("a"), claimed("a"), change("a", "running", "pending"), claimed("a"), ended("a")],
  },
  {
    crime: "a settlement is accepted after the task was taken back",
    found: "lateWritesAccepted",
    history: reapedThenDone,
    journal: [settled(1, "done")],
  },
  {
    crime: "one lease is settled twice",
    found: "lateWritesAccepted",
    history: whole,
    journal: [settled(1, "done"), settled(1, "done")],
  },
  {
    crime: "a settlement is acknowledged and not stored",
    found: "lateWritesAccepted",
    history: [added("a"), change("a", "pending", "cancelled", { lease: 0 })],
    journal: [settled(1, "done")],
  },
  {
    crime: "a text is stored under a lease that is gone",
    found: "lateWritesAccepted",
    history: reapedThenDone,
    published: [{ ...publication, lease_then: 2 }],
  },
  {
    crime: "a text is stored by a task that is over",
    found: "lateWritesAccepted",
    history: whole,
    published: [{ ...publication, status_then: "done" }],
  },
  { crime: "a text is stored twice", found: "doublePublished", history: whole, published: [publication, publication] },
  {
    crime: "an acknowledged text is not there",
    found: "doublePublished",
    history: whole,
    journal: [{ type: "published", task: "a", lease: 1, chapter: "c", accepted: true, late: false }],
  },
  {
    crime: "a serial lane overlaps",
    found: "overLimit",
    history: ["a", "b"].flatMap((task) => [added(task, { lane: "serial:1" }), claimed(task, { lane: "serial:1" })]),
  },
  {
    crime: "a lane's rate is exceeded",
    found: "overRate",
    history: Array.from({ length: 6 }, (_, index) => claimed(`t${index}`, { lane: "rated", started_at: index })),
  },
  { crime: "a task crashes a fourth time", found: "overAttempts", history: [...whole, ended("a", { crashes: 4 })] },
  {
    crime: "a parent that was added with its children runs before them",
    found: "parents",
    history: [added("a", { with_children: 1 }), claimed("a", { with_children: 1 }), ended("a", { with_children: 1 })],
  },
  {
    crime: "a parent that bears its children's failures fails by them",
    found: "parents",
    history: [added("a"), claimed("a"), change("a", "waiting", "failed")],
    facts: { error: "CHILDREN_FAILED", policy: "ignore" },
  },
  {
    crime: "cron fires a time twice",
    found: "cronTwice",
    history: whole,
    firings: [{ payload: '{"ts":1}' }, { payload: '{"ts":1}' }],
  },
  {
    crime: "a worker tells of a defect of its own",
    found: "defects",
    history: whole,
    journal: [{ type: "defect", message: "the loop ended" }],
  },
];

test.each(CRIMES)("it is seen that $crime", ({ found, ...story }) => {
  expect(judge(story)[found]).not.toEqual([]);
});

test("what a killed runner held is followed to where it runs next", () => {
  const kill = { type: "fault", fault: "runnerKills", pid: 7, leaseMs: 20_000, at: 100 } as const;
  const boot = { type: "boot", runner: "r", pid: 7, leaseMs: 20_000, at: 0 } as const;
  const history = [
    claimed("a", { at: 10 }),
    ended("a", { at: 20 }),
    claimed("b", { at: 30 }),
    change("b", "running", "pending", { at: 20_200 }),
    claimed("b", { runner: "s", lease: 2, at: 20_500 }),
  ].map((each, n) => ({ n, ...each }));
  expect(recoveries([boot, kill], history)).toEqual([
    { leaseMs: 20_000, lane: "default", backMs: 20_100, runMs: 20_400, meanwhile: [] },
  ]);
});
