import type { TaskEventName, TaskEvents } from "../events.ts";

const COUNTED = [
  "task:start",
  "task:success",
  "task:error",
  "task:failed",
  "task:later",
  "task:aborted",
  "task:lost",
  "worker:claim:empty",
  "worker:claim:error",
  "heartbeat:error",
  "local:return",
  "cron:fire",
] as const satisfies readonly TaskEventName[];

export type EventCounts = Readonly<Record<(typeof COUNTED)[number], number>>;

export interface EventCounter {
  /** Since the last time it was asked. */
  take(): EventCounts;
  stop(): void;
}

/** How often things happened, for logs and metrics. */
export const countEvents = (events: TaskEvents): EventCounter => {
  const none = () => Object.fromEntries(COUNTED.map((name) => [name, 0])) as Record<(typeof COUNTED)[number], number>;
  let counts = none();
  const ends = COUNTED.map((name) =>
    events.on(name, () => {
      counts[name] += 1;
    }),
  );
  return {
    take: () => {
      const taken = counts;
      counts = none();
      return taken;
    },
    stop: () => {
      for (const end of ends) end();
    },
  };
};
