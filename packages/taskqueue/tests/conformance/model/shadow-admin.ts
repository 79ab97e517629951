import type { TaskAction } from "../../../src/index.ts";
import { isHeld, isLive, type Shadow, type ShadowTask } from "./shadow.ts";
import { shadowRedrive, shadowRetry } from "./shadow-retry.ts";
import { shadowCancel } from "./shadow-run.ts";

const FOR: Readonly<Record<TaskAction["type"], readonly string[]>> = {
  complete: ["pending", "paused", "failed", "cancelled"],
  fail: ["pending", "paused"],
  reschedule: ["pending", "paused", "failed", "cancelled"],
  redrive: ["failed", "cancelled"],
  retry_children: ["waiting", "done", "failed", "cancelled"],
  hold: ["pending"],
  resume: ["paused"],
  cancel: ["pending", "running", "waiting", "paused"],
  remove: ["pending", "paused", "done", "failed", "cancelled"],
};

type Reschedule = Extract<TaskAction, { type: "reschedule" }>;

const reschedule = (shadow: Shadow, task: ShadowTask, action: Reschedule): boolean => {
  if (!isLive(task) && !shadowRedrive(shadow, task)) return false;
  if (!isLive(task)) return true;
  if (action.runAt !== undefined) {
    task.runAt = action.runAt;
    task.runAtBetween = null;
  }
  task.priority = action.priority ?? task.priority;
  task.maxAttempts = action.maxAttempts ?? task.maxAttempts;
  // One is left, whatever was spent under the limit before.
  task.attempts = Math.min(action.attempts ?? task.attempts, task.maxAttempts - 1);
  task.rankMinute = Math.floor(task.runAt / 60_000);
  return true;
};

const isRemovable = (shadow: Shadow, task: ShadowTask): boolean =>
  ![task, ...shadow.descendantsOf(task.id)].some(isHeld);

const removeAll = (shadow: Shadow, on: readonly ShadowTask[]): ShadowTask[] => {
  const able = on.filter((task) => isRemovable(shadow, task));
  const all = new Set(able.flatMap((task) => [task, ...shadow.descendantsOf(task.id)]));
  shadow.removeAll(all);
  return able;
};

type OneByOne = Exclude<TaskAction, { type: "cancel" | "remove" }>;

const actOn = (shadow: Shadow, action: OneByOne, task: ShadowTask): boolean => {
  switch (action.type) {
    case "complete": {
      task.result = action.result ?? null;
      shadow.become(task, "done");
      return true;
    }
    case "fail": {
      task.errorCode = "FAILED_BY_OPERATOR";
      task.failures += 1;
      shadow.become(task, "failed");
      return true;
    }
    case "reschedule": {
      return reschedule(shadow, task, action);
    }
    case "redrive": {
      return shadowRedrive(shadow, task);
    }
    case "retry_children": {
      return shadowRetry(shadow, task, action.cancelled ?? false);
    }
    case "hold": {
      shadow.become(task, "paused");
      return true;
    }
    default: {
      shadow.become(task, "pending");
      return true;
    }
  }
};

/** Which tasks are in a status that the action is for. */
export const matching = (shadow: Shadow, action: TaskAction, fits: (task: ShadowTask) => boolean): ShadowTask[] =>
  shadow.tasks.filter((task) => fits(task) && isFor(shadow, action, task));

const isFor = (shadow: Shadow, { type }: TaskAction, task: ShadowTask): boolean =>
  FOR[type].includes(task.status) && (type !== "retry_children" || shadow.childrenOf(task.id).length > 0);

/** Answers which of them were changed. */
export const shadowAct = (shadow: Shadow, action: TaskAction, on: readonly ShadowTask[]): ShadowTask[] => {
  if (action.type === "remove") return removeAll(shadow, on);
  if (action.type !== "cancel") {
    // An earlier one may have taken a later one along.
    return on.filter((task) => isFor(shadow, action, task) && actOn(shadow, action, task));
  }
  const changed = shadowCancel(
    shadow,
    on.map(({ id }) => id),
  );
  return on.filter(({ id }) => changed.has(id));
};

/** All ended trees whose root ended so. Answers how many tasks went. */
export const shadowPrune = (shadow: Shadow, status: "done" | "failed" | "cancelled"): number => {
  const trees = shadow.tasks
    .filter((task) => task.parent === "" && task.status === status)
    .map((root) => [root, ...shadow.descendantsOf(root.id)])
    .filter((tree) => !tree.some(isLive));
  shadow.removeAll(trees.flat());
  return trees.flat().length;
};
