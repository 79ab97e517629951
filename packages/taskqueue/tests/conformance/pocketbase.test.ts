import { describe } from "vitest";
import { queueSuite } from "./queue-suite.ts";
import { storeUnderTest } from "./store-under-test.ts";

describe("the queue in PocketBase", () => {
  const { open } = storeUnderTest();
  queueSuite(open, { load: 10_000 });
});
