import { describe } from "vitest";
import { openInMemory } from "./queue-under-test.ts";
import { queueSuite } from "./queue-suite.ts";

describe("the queue in memory", () => {
  queueSuite(openInMemory, { load: 2000 });
});
