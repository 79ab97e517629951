import type { Connection } from "@chapterhouse/pocketbase";
import type { QueuePorts } from "../ports.ts";
import { createPocketBaseAdmin } from "./admin.ts";
import { createPocketBaseCrontab } from "./crontab.ts";
import { createPocketBaseDefinitions } from "./definitions.ts";
import { createPocketBaseFeed } from "./feed.ts";
import { createPocketBaseQueue, type PocketBaseQueueOptions } from "./queue.ts";

/** All ports over one connection; what its account may not do is `FORBIDDEN`. */
export const createPocketBasePorts = (connection: Connection, options: PocketBaseQueueOptions = {}): QueuePorts => ({
  queue: createPocketBaseQueue(connection, options),
  admin: createPocketBaseAdmin(connection),
  definitions: createPocketBaseDefinitions(connection),
  crontab: createPocketBaseCrontab(connection),
  feed: createPocketBaseFeed(connection),
});
