import type { Written } from "./journal.ts";
import { LIMITED_LANE, RATED_LANE, SERIAL_LANES } from "./traffic.ts";
import type { Change, Testimony } from "./witness.ts";

/** Each is a list of what was found wrong, one line a case: all of them have to be empty. */
export interface Verdict {
  /** I1: acknowledged and not there, not ended, or gone without anyone having asked for it. */
  readonly lost: readonly string[];
  /** I2, I3: claimed while someone held it, or a lease that did not grow. */
  readonly twoLeases: readonly string[];
  /** I4: written under a lease that was not the task's any more. */
  readonly lateWritesAccepted: readonly string[];
  /** I17. */
  readonly doublePublished: readonly string[];
  /** I5. */
  readonly overLimit: readonly string[];
  /** I6. */
  readonly overRate: readonly string[];
  /** I7, I8. */
  readonly overAttempts: readonly string[];
  /** I9. */
  readonly cronTwice: readonly string[];
  /** I11, I12. */
  readonly drift: readonly string[];
  /** Parents whose handler was called before their children, or that failed by children whose failures they bear. */
  readonly parents: readonly string[];
  /** Errors that a worker calls its own, and ends that are the store's fault instead of the handler's. */
  readonly defects: readonly string[];
}

const ENDED = new Set(["done", "failed", "cancelled"]);
const isHeldBy = (status: string, wasHeld: boolean): boolean =>
  status === "running" || (status === "cancelling" && wasHeld);

const byTask = (history: readonly Change[]): Map<string, Change[]> => {
  const changes = new Map<string, Change[]>();
  for (const change of history) {
    const list = changes.get(change.task);
    if (list) list.push(change);
    else changes.set(change.task, [change]);
  }
  return changes;
};

const ofType = <T extends Written["type"]>(journal: readonly Written[], type: T) =>
  journal.filter((entry): entry is Extract<Written, { type: T }> => entry.type === type);

const findLost = (journal: readonly Written[], { tasks }: Testimony, changes: Map<string, Change[]>): string[] => {
  const removed = ofType(journal, "removing");
  const ids = new Set(removed.flatMap((entry) => entry.ids));
  const keys = new Set(removed.flatMap(({ key }) => (key === undefined ? [] : [key])));
  const isAskedFor = (task: string): boolean => {
    const last = changes.get(task)?.at(-1);
    if (!last) return false;
    const first = changes.get(task)?.[0];
    return (
      ids.has(task) || keys.has(last.key) || (first !== undefined && first.parent !== "" && isAskedFor(first.parent))
    );
  };
  const statuses = new Map(tasks.map(({ id, status }) => [id, status]));
  const acknowledged = new Set([
    ...ofType(journal, "added").flatMap((entry) => entry.ids),
    ...ofType(journal, "children").flatMap((entry) => entry.ids),
  ]);
  const gone = [...acknowledged].filter((id) => !statuses.has(id) && !isAskedFor(id));
  const unended = tasks.filter(({ status }) => !ENDED.has(status));
  return [
    ...gone.map((id) => `${id} was acknowledged and is gone`),
    ...unended.map(({ id, status }) => `${id} never ended: it is ${status}`),
  ];
};

const findTwoLeases = (changes: Map<string, Change[]>): string[] => {
  const found: string[] = [];
  for (const [task, list] of changes) {
    let isHeld = false;
    let lease = 0;
    for (const change of list) {
      const isClaim = change.status === "running" && change.was !== "running";
      if (isClaim && (isHeld || change.was !== "pending")) found.push(`${task}: claimed while ${change.was}`);
      if (isClaim ? change.lease !== lease + 1 : change.lease !== lease) {
        found.push(`${task}: lease ${lease}, then ${change.lease}`);
      }
      lease = change.lease;
      isHeld = isHeldBy(change.status, isHeld);
    }
  }
  return found;
};

/** How a lease ended: the change that took it away, and whether the reaper did. */
const endOf = (list: readonly Change[], lease: number): { status: string; isReaped: boolean } | null => {
  let isHeld = false;
  let crashes = 0;
  for (const change of list) {
    const holds = isHeldBy(change.status, isHeld);
    if (isHeld && !holds && change.lease === lease) {
      return { status: change.status, isReaped: change.crashes > crashes };
    }
    isHeld = holds;
    ({ crashes } = change);
  }
  return null;
};

const findLateWrites = (
  journal: readonly Written[],
  testimony: Testimony,
  changes: Map<string, Change[]>,
): string[] => {
  const accepted = ofType(journal, "settled").filter(({ status }) => status !== null);
  const seen = new Set<string>();
  const settled = accepted.flatMap(({ task, lease, status, late }) => {
    const fence = `${task}, lease ${lease}`;
    const end = endOf(changes.get(task) ?? [], lease);
    const isSecond = seen.has(fence);
    seen.add(fence);
    if (isSecond) return [`${fence} was settled twice`];
    if (end === null) return [`${fence} was settled as ${status}, which the store never saw`];
    return end.isReaped ? [`${fence} was settled as ${status} after it was taken back${late ? " (late)" : ""}`] : [];
  });
  const published = testimony.published
    .filter(({ lease, lease_then: then, status_then: status }) => lease !== then || !isHeldBy(status ?? "", true))
    .map(({ task, lease, lease_then: then }) => `${task}, lease ${lease} published while its lease was ${then}`);
  return [...settled, ...published];
};

const findDoublePublished = (journal: readonly Written[], { published, bodies }: Testimony): string[] => {
  const fences = published.map(({ chapter, task, lease }) => `${chapter} by ${task}, lease ${lease}`);
  // A runner that slept, and was not missed yet, publishes on purpose beside its own handler, under a lease that is good.
  const tried = ofType(journal, "trying").map(({ task, lease }) => `by ${task}, lease ${lease}`);
  const most = (fence: string) => 1 + tried.filter((late) => fence.endsWith(` ${late}`)).length;
  const twice = [...new Set(fences)].filter((fence) => fences.filter((other) => other === fence).length > most(fence));
  const owners = new Map<string, Set<string>>();
  for (const { chapter, task } of published) owners.set(chapter, (owners.get(chapter) ?? new Set()).add(task));
  const shared = [...owners].filter(([, tasks]) => tasks.size > 1).map(([chapter]) => `${chapter} by two tasks`);
  const texts = bodies.map(({ chapter }) => chapter);
  const doubled = texts.filter((chapter, index) => texts.indexOf(chapter) !== index);
  const stored = new Map(bodies.map(({ chapter, text }) => [chapter, Number(text.split("|")[1])]));
  const missing = ofType(journal, "published")
    .filter(({ accepted, chapter, lease }) => accepted && !((stored.get(chapter) ?? -1) >= lease))
    .map(({ chapter, task }) => `${chapter} by ${task} was acknowledged and is not stored`);
  return [...twice, ...shared, ...doubled.map((chapter) => `${chapter} is stored twice`), ...missing];
};

const findOverLimit = (history: readonly Change[]): string[] => {
  const limits = new Map([
    ...SERIAL_LANES.map((name) => [name, 1] as const),
    [LIMITED_LANE.name, LIMITED_LANE.concurrency],
  ]);
  const held = new Map<string, Set<string>>();
  const found: string[] = [];
  for (const { task, lane, was, status, n } of history) {
    const limit = limits.get(lane);
    if (limit === undefined) continue;
    const running = held.get(lane) ?? new Set();
    held.set(lane, running);
    if (isHeldBy(status, running.has(task))) running.add(task);
    else running.delete(task);
    if (was === "pending" && running.size > limit) found.push(`${lane} ran ${running.size} at once (change ${n})`);
  }
  return found;
};

/** Every window of the lane's claims, by the queue's own clock. */
const findOverRate = (history: readonly Change[]): string[] => {
  const times = history
    .filter(({ lane, was, status }) => lane === RATED_LANE.name && was === "pending" && status === "running")
    .map(({ started_at: at }) => at)
    .toSorted((a, b) => a - b);
  const found: string[] = [];
  // A window that is too full stays so with its neighbours: the last hundred claims are far enough to look back.
  for (const [to, end] of times.entries()) {
    for (let from = Math.max(0, to - 100); from <= to; from += 1) {
      const most = RATED_LANE.count + (RATED_LANE.count * (end - (times[from] ?? 0))) / RATED_LANE.intervalMs;
      const count = to - from + 1;
      if (count > most + 1e-6) found.push(`${count} claims in ${end - (times[from] ?? 0)} ms`);
    }
  }
  return found;
};

const findOverAttempts = (history: readonly Change[]): string[] =>
  history
    .filter(({ crashes, attempts }) => crashes > 3 || attempts < 0 || attempts > 6)
    .map(({ task, crashes, attempts }) => `${task}: attempts ${attempts}, crashes ${crashes}`);

const findParents = ({ history, tasks }: Testimony): string[] => [
  ...history
    .filter((change) => change.with_children === 1 && change.continuation === 0 && change.status === "running")
    .map(({ task, n }) => `${task} ran before its children (change ${n})`),
  ...tasks
    .filter(
      ({ status, error, policy }) =>
        status === "failed" && error === "CHILDREN_FAILED" && !["", "fail"].includes(policy),
    )
    .map(({ id, policy }) => `${id} failed by its children, and bears that: ${policy}`),
];

const findCronTwice = ({ firings }: Testimony): string[] => {
  const times = firings.map(({ payload }) => payload);
  return times.filter((time, index) => times.indexOf(time) !== index).map((time) => `fired twice: ${time}`);
};

export const verify = (journal: readonly Written[], testimony: Testimony, drift: readonly string[]): Verdict => {
  const changes = byTask(testimony.history);
  return {
    lost: findLost(journal, testimony, changes),
    twoLeases: findTwoLeases(changes),
    lateWritesAccepted: findLateWrites(journal, testimony, changes),
    doublePublished: findDoublePublished(journal, testimony),
    overLimit: findOverLimit(testimony.history),
    overRate: findOverRate(testimony.history),
    overAttempts: findOverAttempts(testimony.history),
    cronTwice: findCronTwice(testimony),
    drift,
    parents: findParents(testimony),
    defects: [
      ...ofType(journal, "defect").map(({ message }) => message),
      ...testimony.tasks
        .filter(({ error }) => error === "STORE_REFUSED")
        .map(({ id }) => `${id} failed because its outcome could not be stored`),
    ],
  };
};
