import type { Admin } from "./ports/admin.ts";
import type { Crontab } from "./ports/crontab.ts";
import type { Definitions } from "./ports/definitions.ts";
import type { ChangeFeed } from "./ports/feed.ts";
import type { TaskQueue } from "./ports/queue.ts";

// The vocabulary stands at the head of ports/queue.ts. Each file is one port, small enough to implement by itself.
export * from "./ports/admin.ts";
export * from "./ports/crontab.ts";
export * from "./ports/definitions.ts";
export * from "./ports/feed.ts";
export * from "./ports/lanes.ts";
export * from "./ports/queue.ts";
export * from "./ports/views.ts";

/**
 * All of it: what each adapter makes (`createMemoryPorts`, `createPocketBasePorts`) and the conformance suite holds to.
 * Users ask for the one port that they need.
 */
export interface QueuePorts {
  readonly queue: TaskQueue;
  readonly admin: Admin;
  readonly definitions: Definitions;
  readonly crontab: Crontab;
  readonly feed: ChangeFeed;
}
