import { setTimeout as sleep } from "node:timers/promises";
import { CHILD_FAILURE_POLICIES, KEY_MODES } from "@chapterhouse/domain";
import type { AddedTree, NewTask, NewTree, QueuePorts, TaskAction } from "@chapterhouse/taskqueue";
import type { Journal } from "./journal.ts";
import { between, oneOf, type Random } from "./random.ts";

export const SERIAL_LANES = ["serial:1", "serial:2"];
export const LIMITED_LANE = { name: "limited", concurrency: 3 };
export const RATED_LANE = { name: "rated", count: 5, intervalMs: 1000 };
const LANES = [...SERIAL_LANES, LIMITED_LANE.name, RATED_LANE.name];

export interface Traffic {
  readonly ports: QueuePorts;
  readonly random: Random;
  readonly journal: Journal;
  readonly tasksPerSecond: number;
  /** Ids of chapters that nothing was published for yet. */
  readonly chapters: string[];
  readonly ids: string[];
}

const kindOf = (random: Random): string => {
  const dice = random();
  if (dice < 0.45) return "chaos.work";
  if (dice < 0.7) return "chaos.publish";
  if (dice < 0.8) return "chaos.parent";
  if (dice < 0.92) return "chaos.deaf";
  return dice < 0.97 ? "chaos.slow" : "chaos.spin";
};

const newTask = ({ random, chapters }: Traffic): NewTask => {
  const drawn = kindOf(random);
  const chapter = drawn === "chaos.publish" ? chapters.pop() : undefined;
  const kind = drawn === "chaos.publish" && chapter === undefined ? "chaos.work" : drawn;
  const lane = random() < 0.4 ? oneOf(random, LANES) : undefined;
  // A key and publishing do not go together: an overwritten task would leave its chapter without a text.
  const hasKey = kind === "chaos.work" && random() < 0.3;
  return {
    kind,
    payload: { ms: between(random, 20, 800), ...(chapter !== undefined && { chapter }) },
    // One attempt: then a failure is one, and a parent has something to bear.
    maxAttempts: random() < 0.2 ? 1 : between(random, 2, 6),
    priority: between(random, -2, 2),
    ...(lane !== undefined && { lane }),
    ...(hasKey && { key: `key-${between(random, 1, 20)}`, keyMode: oneOf(random, KEY_MODES) ?? "replace" }),
    ...(random() < 0.2 && { runAt: Date.now() + between(random, 0, 1500) }),
    ...(random() < 0.2 && { group: `group-${between(random, 1, 5)}` }),
  };
};

/** A parent with its children in one call, up to three levels of them; now and then one with a key that is taken. */
const newTree = (traffic: Traffic, depth = 0): NewTree => {
  const { random } = traffic;
  if (depth === 3 || (depth > 0 && random() < 0.7)) return newTask(traffic);
  return {
    kind: "chaos.parent",
    payload: { ms: between(random, 20, 400) },
    maxAttempts: between(random, 2, 6),
    onChildFailure: oneOf(random, CHILD_FAILURE_POLICIES) ?? "fail",
    then: random() < 0.5 ? "run" : "end",
    ...(random() < 0.2 && { key: `tree-${between(random, 1, 10)}`, keyMode: "keep_first" as const }),
    children: Array.from({ length: between(random, 0, 4) }, () => newTree(traffic, depth + 1)),
  };
};

const idsOf = ({ task, children }: AddedTree): string[] => [task.id, ...children.flatMap(idsOf)];

/** Their ids, once they are stored. */
const addSome = async (traffic: Traffic): Promise<readonly string[]> => {
  const { queue } = traffic.ports;
  if (traffic.random() < 0.25) return idsOf(await queue.addTree(newTree(traffic)));
  const batch = Array.from({ length: between(traffic.random, 1, 10) }, () => newTask(traffic));
  return (await queue.add(batch)).map(({ task }) => task.id);
};

/** Adds batches until it is told to stop. What was not answered is not known, and not claimed to be there. */
export const produce = async (traffic: Traffic, signal: AbortSignal): Promise<void> => {
  const { journal, tasksPerSecond, ids } = traffic;
  while (!signal.aborted) {
    let fresh: readonly string[] = [];
    try {
      fresh = await addSome(traffic);
      journal.write({ type: "added", ids: fresh });
      ids.push(...fresh);
    } catch {
      // PocketBase is away, or cannot write: nothing was acknowledged.
    }
    await sleep((Math.max(1, fresh.length) * 1000) / tasksPerSecond);
  }
};

const ACTIONS: readonly TaskAction[] = [
  { type: "hold" },
  { type: "resume" },
  { type: "redrive" },
  { type: "retry_children" },
  { type: "retry_children", cancelled: true },
  { type: "cancel" },
  { type: "remove" },
  { type: "reschedule", priority: -1 },
  { type: "complete" },
  { type: "fail", reason: "not wanted" },
];

/** An operator without a plan. What is removed was named before. */
export const operate = async ({ ports, random, journal, ids }: Traffic, signal: AbortSignal): Promise<void> => {
  const { admin, queue } = ports;
  const someIds = () => Array.from({ length: 3 }, () => oneOf(random, ids.slice(-60)) ?? "").filter((id) => id !== "");
  const steps = [
    async () => {
      const action = oneOf(random, ACTIONS) ?? { type: "hold" };
      const on = someIds();
      if (action.type === "remove") journal.write({ type: "removing", ids: on });
      await admin.act(action, { ids: on });
    },
    async () => {
      await queue.cancel(someIds());
    },
    async () => {
      const filter = { kinds: ["chaos.parent"], status: ["done", "failed", "cancelled", "waiting"] as const };
      await admin.act({ type: "retry_children", cancelled: random() < 0.5 }, { filter });
    },
    async () => {
      const lane = oneOf(random, LANES) ?? "";
      await admin.pauseLane(lane, "chaos");
      await sleep(between(random, 0, 1000));
      await admin.resumeLane(lane);
    },
    async () => {
      const runners = await queue.listRunners();
      const dead = runners.find(({ alive }) => !alive);
      if (dead) await admin.releaseRunner(dead.id);
    },
    async () => {
      const key = `key-${between(random, 1, 20)}`;
      journal.write({ type: "removing", ids: [], key });
      await queue.removeTask(key);
    },
  ];
  while (!signal.aborted) {
    await sleep(between(random, 100, 1500));
    // Whatever PocketBase refuses or does not answer, the next step comes.
    await oneOf(random, steps)?.().catch(() => {});
  }
};
