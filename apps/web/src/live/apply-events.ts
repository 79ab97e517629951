import { isTerminal, type LiveEvent } from "@chapterhouse/domain";
import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { withTasks, type HeldTask } from "./with-tasks.ts";

/** Queries whose data holds tasks. All others are read again as their own polling goes. */
const HOLDERS = ["queues", "ongoing", "queue", "item", "tasks", "task"] as const;

/** What lists show of tasks that are nobody's part: read again when one of these comes, or changes its state. */
const LISTS: readonly QueryKey[] = [["queues"], ["ongoing"], ["tasks"]];

/**
 * Puts what happened where the page holds it, and answers what must be read again all the same: events say states,
 * counts and progress, but neither why something failed nor what is new in a list.
 */
export const applyEvents = (client: QueryClient, events: ReadonlyMap<string, LiveEvent>): readonly QueryKey[] => {
  const again: QueryKey[] = events.size === 0 ? [] : [["status"]];
  let listsChange = [...events.values()].some((event) => event.item === null && event.type !== "task.updated");
  for (const head of HOLDERS) {
    for (const query of client.getQueryCache().findAll({ queryKey: [head] })) {
      let unsaid = false;
      const patch = (task: HeldTask): HeldTask => {
        const event = events.get(task.id);
        const next = event === undefined ? task : patched(task, event);
        if (next.status !== task.status) {
          unsaid ||= needsWords(next);
          listsChange ||= task.parent === null;
        }
        return next;
      };
      const data = withTasks(query.state.data, patch);
      if (data === query.state.data) continue;
      // A reading that is under way may have been answered before this happened.
      if (unsaid || query.state.fetchStatus === "fetching") again.push(query.queryKey);
      client.setQueryData(query.queryKey, data, { updatedAt: query.state.dataUpdatedAt });
    }
  }
  return listsChange ? [...again, ...LISTS] : again;
};

/** An event alone does not explain why something failed or waits, and when it was asked to stop. */
const needsWords = ({ status, children }: HeldTask): boolean =>
  (status !== "running" && status !== "waiting" && status !== "done") || children.failed + children.cancelled > 0;

/** `task` after `event`, unless it was read later than that. ISO 8601 times compare as texts. */
export const patched = (task: HeldTask, event: LiveEvent): HeldTask => {
  if (event.at < task.updatedAt) return task;
  const { status } = event;
  return {
    ...task,
    status,
    children: event.children ?? task.children,
    progress: event.progress ?? task.progress,
    ...(task.overall !== undefined && { overall: event.overall ?? task.overall }),
    error: status === "done" && !task.children.total ? null : task.error,
    waitingFor: status === "pending" ? task.waitingFor : null,
    startedAt: task.startedAt ?? (status === "running" ? event.at : null),
    finishedAt: isTerminal(status) ? (task.finishedAt ?? event.at) : null,
  };
};

/** Adds an event to those that are not applied yet: of each task the last state and the last known figures. */
export const gather = (events: Map<string, LiveEvent>, event: LiveEvent): void => {
  const id = event.item ?? event.task;
  const before = events.get(id);
  events.set(id, {
    ...event,
    type: before?.type === "task.created" && event.type === "task.updated" ? before.type : event.type,
    children: event.children ?? before?.children ?? null,
    progress: event.progress ?? before?.progress ?? null,
    overall: event.overall ?? before?.overall ?? null,
  });
};
