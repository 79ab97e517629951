import { expect, test } from "vitest";
import { HOUR } from "./command.ts";
import type { Real } from "./real.ts";

/** What the model found once, pinned by name: it draws anew each time, and might not come by it for long. */
export const foundByModel = (open: () => Promise<Real>): void => {
  test("a serial lane with several kinds waiting leaves a claim's room to other lanes", async () => {
    const { backend, runner } = await open();
    await backend.queue.configureLane("l.0", { concurrency: 1, gapMs: 0 });
    for (const [kind, lane] of [
      ["k.a", "l.0"],
      ["k.b", "l.0"],
      ["k.a", "l.1"],
    ] as const) {
      await backend.queue.add([{ kind, lane, payload: {} }]);
    }
    const request = { runner: "r.1", kinds: ["k.a", "k.b"], limit: 2, leaseMs: HOUR };
    const { tasks } = await runner.queue.claim(request);
    expect(tasks.map(({ kind, lane }) => [kind, lane])).toEqual([
      ["k.a", "l.0"],
      ["k.a", "l.1"],
    ]);
  });
};
