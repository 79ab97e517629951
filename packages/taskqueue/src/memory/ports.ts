import type { QueuePorts, TaskQueue } from "../ports.ts";
import { MemoryAdmin } from "./admin.ts";
import { MemoryCrontab } from "./crontab.ts";
import { MemoryFeed } from "./feed.ts";
import { MemoryDefinitions } from "./definitions.ts";
import { MemoryQueue } from "./queue.ts";
import { type MemoryQueueOptions, QueueState } from "./queue-state.ts";

/**
 * All ports in this process's memory: for tests, for trying handlers, and as the reference of what the ports promise.
 * Everything is gone when the process ends.
 */
export const createMemoryPorts = (options: MemoryQueueOptions = {}): QueuePorts => {
  const state = new QueueState(options);
  return {
    queue: new MemoryQueue(state),
    admin: new MemoryAdmin(state),
    definitions: new MemoryDefinitions(state),
    crontab: new MemoryCrontab(state),
    feed: new MemoryFeed(state),
  };
};

/** The queue of `createMemoryPorts` alone. */
export const createMemoryQueue = (options: MemoryQueueOptions = {}): TaskQueue => createMemoryPorts(options).queue;
