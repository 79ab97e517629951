import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMemoryPorts } from "../../../src/index.ts";
import { command } from "./command.ts";
import { foundByModel } from "./found-by-model.ts";
import { runModel } from "./model.ts";
import type { Real } from "./real.ts";
import { histories } from "./replayed.ts";

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

const HARD = [
  "crashes",
  "crashes of continuations",
  "parents: new -> waiting",
  "parents: waiting -> pending",
  "parents: waiting -> failed",
  "parents: waiting -> cancelling",
  "parents: done -> waiting",
  "parents: failed -> waiting",
  "parents: cancelled -> waiting",
  "parents done with errors",
];

describe("the memory queue does what the shadow does, whatever is asked of it, and keeps every invariant", () => {
  test.each(histories([41], 600))(
    "$runs histories of seed $seed",
    async (drawn) => {
      const extra = [{ weight: 8, arbitrary: advance }];
      const counts = (await runModel({ open, commands: 60, extra, ...drawn })).counts();
      if (drawn.isLong) console.table(counts);
      // A few histories to see a failure again need not have it all.
      const missing = drawn.runs < 600 ? [] : HARD.filter((what) => !counts[what]);
      expect(missing, "what the histories never came by").toEqual([]);
    },
    60 * MINUTE,
  );
});

foundByModel(open);
