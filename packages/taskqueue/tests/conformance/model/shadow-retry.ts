import { dueNow, isLive, type Shadow, type ShadowTask } from "./shadow.ts";

const isKeyTaken = (shadow: Shadow, task: ShadowTask): boolean =>
  task.key !== "" && shadow.tasks.some((other) => other !== task && other.key === task.key && isLive(other));

/** From the start; one of a tree, and whose children are over, from after them. */
const again = (shadow: Shadow, task: ShadowTask): void => {
  shadow.become(task, "pending");
  Object.assign(task, { attempts: 0, crashes: 0, runner: "", wasAskedToEnd: false, isBehind: false });
  if (!task.isOfTree) Object.assign(task, { runsAfter: false, isContinuation: false });
  task.turn = shadow.nextTurn(task.group);
  dueNow(task, shadow.now);
};

const waitAgain = (shadow: Shadow, task: ShadowTask): void => {
  shadow.become(task, "waiting");
  Object.assign(task, { attempts: 0, crashes: 0, errorCode: null, wasAskedToEnd: false, isBehind: false });
  task.isContinuation = false;
};

/** Its children ended it. */
const fellWithChildren = (task: ShadowTask): boolean =>
  task.status === "cancelled" ? !task.wasAskedToEnd : task.errorCode === "CHILDREN_FAILED";

type Fate = "again" | "wait";

/**
 * Who is tried again and who waits again below `top` and at it, each in the map only if something is; keys are taken from
 * the top down.
 */
const fates = (shadow: Shadow, top: ShadowTask, withCancelled: boolean): Map<ShadowTask, Fate> => {
  const keys = new Set<string>();
  const decide = (task: ShadowTask): Map<ShadowTask, Fate> => {
    const below = () => new Map(shadow.childrenOf(task.id).flatMap((child) => [...decide(child)]));
    if (isLive(task)) return task.status === "cancelling" ? new Map() : below();
    if (task.key !== "" && (keys.has(task.key) || isKeyTaken(shadow, task))) return new Map();
    keys.add(task.key);
    const found = below();
    const failedItself = !fellWithChildren(task) && task.status !== "done";
    const mayRun = !task.isOfTree || task.isContinuation;
    const isWanted = task !== top && failedItself && mayRun && (task.status === "failed" || withCancelled);
    if (found.size === 0 && !isWanted) {
      keys.delete(task.key);
      return found;
    }
    const hasOnlyToWait = !failedItself || task.isOfTree || task.isContinuation;
    return found.set(task, found.size > 0 && hasOnlyToWait ? "wait" : "again");
  };
  return decide(top);
};

/** False when nothing was changed. */
export const shadowRetry = (shadow: Shadow, top: ShadowTask, withCancelled: boolean): boolean => {
  const fate = fates(shadow, top, withCancelled);
  if (fate.size === 0) return false;
  for (const task of shadow.tasks) if (fate.get(task) === "wait") waitAgain(shadow, task);
  for (const task of shadow.tasks) if (fate.get(task) === "again") again(shadow, task);
  waitAgainAbove(shadow, top);
  return true;
};

const waitAgainAbove = (shadow: Shadow, top: ShadowTask): void => {
  let above = shadow.find(top.parent);
  while (above && !isLive(above) && fellWithChildren(above) && !isKeyTaken(shadow, above)) {
    waitAgain(shadow, above);
    above = shadow.find(above.parent);
  }
};

/** False when a child is against it still. */
const judgeAnew = (shadow: Shadow, task: ShadowTask): boolean => {
  const isAgainst = ({ status }: ShadowTask) => status === "failed" || status === "cancelled";
  if (shadow.childrenOf(task.id).some(isAgainst)) return false;
  waitAgain(shadow, task);
  waitAgainAbove(shadow, task);
  shadow.endParent(task.id);
  return true;
};

/** False when it was passed over. */
export const shadowRedrive = (shadow: Shadow, task: ShadowTask): boolean => {
  if (isKeyTaken(shadow, task)) return false;
  const isAfterChildren = task.isContinuation && task.errorCode !== "CHILDREN_FAILED";
  if (task.isOfTree && !isAfterChildren) return shadowRetry(shadow, task, true) || judgeAnew(shadow, task);
  again(shadow, task);
  return true;
};
