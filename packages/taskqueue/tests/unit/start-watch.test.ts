import { expect, test } from "vitest";
import { StartWatch } from "../../src/worker/start-watch.ts";

const leases = (...ids: string[]) => ids.map((taskId) => ({ taskId, lease: 1, runAt: 0 }));
const ids = (taken: ReturnType<typeof leases>) => taken.map(({ taskId }) => taskId).join("");

test("overdue is what was not started by its time, with a grace, and told of once", () => {
  const watch = new StartWatch();
  watch.expect(leases("a", "b", "c"), 1, 2000);
  watch.expect(leases("d", "e"), 4, 5000);
  expect(ids([...watch.overdue(0, 2900)])).toBe("");
  expect(ids([...watch.overdue(1, 3100)])).toBe("bc");
  expect(ids([...watch.overdue(1, 3100)])).toBe("");
  expect(ids([...watch.overdue(4, 9999)])).toBe("e");
});
