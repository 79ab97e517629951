import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryPorts } from "../../../src/index.ts";
import { command } from "./command.ts";
import { foundByModel } from "./found-by-model.ts";
import { runModel } from "./model.ts";
import type { Real } from "./real.ts";
import { replayed } from "./replayed.ts";

const MINUTE = 60_000;

const open = async (): Promise<Real> => {
  let now = Date.UTC(2026, 0, 1);
  let chance = 1;
  // Any fixed sequence will do: a run has to be the same when it is run again.
  const random = () => {
    chance = (chance * 16_807) % 2_147_483_647;
    return chance / 2_147_483_647;
  };
  const ports = createMemoryPorts({ now: () => now, random });
  return {
    backend: ports,
    runner: ports,
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
};

const advance = command(
  "advance",
  fc.constantFrom(1, 700, MINUTE, 59 * MINUTE, 3 * 60 * MINUTE, 12 * 60 * MINUTE),
  async ({ shadow, real }, ms) => {
    real.advance?.(ms);
    shadow.now = real.now();
  },
);

test("the memory queue does what the shadow does, whatever is asked of it, and keeps every invariant", async () => {
  await expect(
    runModel({ open, runs: 600, commands: 60, extra: [{ weight: 8, arbitrary: advance }], ...replayed() }),
  ).resolves.toBeUndefined();
});

foundByModel(open);
