import { describe } from "vitest";
import { createMemoryQueue } from "../../src/index.ts";
import { queueSuite } from "./queue-suite.ts";

describe("the queue in memory", () => {
  queueSuite(
    async () => {
      const queue = createMemoryQueue();
      return { backend: queue, runner: queue };
    },
    { load: 2000 },
  );
});
