/**
 * The life of a task. `transition` is the one table of it: the memory adapter calls it, the SQL of the PocketBase
 * adapter obeys it (a test holds the two together), and docs/states.md draws it.
 */
export const LIVE_STATUSES = ["pending", "running", "waiting", "cancelling", "paused"] as const;
export const TERMINAL_STATUSES = ["done", "failed", "cancelled"] as const;
export const TASK_STATUSES = [...LIVE_STATUSES, ...TERMINAL_STATUSES] as const;

export type LiveStatus = (typeof LIVE_STATUSES)[number];
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];
export type TaskStatus = LiveStatus | TerminalStatus;

export const TASK_EVENTS = [
  "claim",
  "done",
  "retry",
  "later",
  "fail",
  "wait",
  "reap",
  "poison",
  "cancel",
  "acknowledge",
  "children_done",
  "children_failed",
  "children_cancelled",
  "children_resume",
  "reopen",
  "hold",
  "resume",
  "redrive",
  "complete",
  "give_up",
] as const;

export type TaskEvent = (typeof TASK_EVENTS)[number];

const TRANSITIONS: Readonly<Record<TaskStatus, Partial<Readonly<Record<TaskEvent, TaskStatus>>>>> = {
  // `complete` and `give_up` are an operator's word on a task that nobody holds.
  pending: { claim: "running", cancel: "cancelled", hold: "paused", complete: "done", give_up: "failed" },
  running: {
    done: "done",
    retry: "pending",
    later: "pending",
    fail: "failed",
    wait: "waiting",
    reap: "pending",
    poison: "failed",
    cancel: "cancelling",
  },
  waiting: {
    children_done: "done",
    children_failed: "failed",
    children_cancelled: "cancelled",
    // Its own handler runs again, now that its children are over.
    children_resume: "pending",
    // Its children are asked to stop as well; the parent follows when the last of them is terminal.
    cancel: "cancelling",
  },
  // Whatever the handler of a cancelled task still reports, the task ends as cancelled.
  cancelling: {
    done: "cancelled",
    retry: "cancelled",
    later: "cancelled",
    fail: "cancelled",
    wait: "cancelled",
    acknowledge: "cancelled",
    reap: "cancelled",
    poison: "cancelled",
    children_done: "cancelled",
    children_failed: "cancelled",
    children_cancelled: "cancelled",
    children_resume: "cancelled",
    cancel: "cancelling",
  },
  paused: { resume: "pending", cancel: "cancelled", complete: "done", give_up: "failed" },
  // A parent some of whose children are tried again waits for them again.
  done: { reopen: "waiting" },
  failed: { redrive: "pending", reopen: "waiting", complete: "done" },
  cancelled: { redrive: "pending", reopen: "waiting", complete: "done" },
};

/** The status after `event`, or null where the event changes nothing in that status. */
export const transition = (status: TaskStatus, event: TaskEvent): TaskStatus | null =>
  TRANSITIONS[status][event] ?? null;

export const isTerminal = (status: TaskStatus): status is TerminalStatus =>
  (TERMINAL_STATUSES as readonly TaskStatus[]).includes(status);
