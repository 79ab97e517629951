import * as fc from "fast-check";
import { addingCommands } from "./adding-commands.ts";
import { type Command, type Model } from "./command.ts";
import { cronCommands } from "./cron-commands.ts";
import { familyCommands, onlyFamilyCommands } from "./family-commands.ts";
import { operatorCommands } from "./operator-commands.ts";
import { witnessLog } from "./log-witness.ts";
import type { Real } from "./real.ts";
import { runningCommands } from "./running-commands.ts";
import type { Histories } from "./replayed.ts";
import { Seen } from "./seen.ts";
import { Shadow } from "./shadow.ts";

export interface ModelRun extends Histories {
  readonly open: () => Promise<Real>;
  readonly commands: number;
  /** More commands, such as those of a clock of one's own. */
  readonly extra?: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Command> }[];
}

/** A failure that takes long to make small is told as small as it is by then. */
const LONGEST_MS = 240_000;

/** fc.commands takes no weights: a command is drawn as often as it stands in the list. */
const weighted = (commands: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Command> }[]) =>
  commands.flatMap(({ weight, arbitrary }) => Array.from({ length: weight }, () => arbitrary));

/**
 * Answers what happened in the histories. Rejects with fast-check's report: seed, path, and the shortest list of commands
 * that shows it.
 */
export const runModel = async ({ open, runs, commands, seed, path, isLong, extra = [] }: ModelRun): Promise<Seen> => {
  const seen = new Seen();
  const all = [
    ...addingCommands,
    ...runningCommands,
    ...familyCommands,
    ...operatorCommands,
    ...cronCommands,
    ...extra,
  ];
  const mixes = [all, [...onlyFamilyCommands, ...extra]].map((mix) =>
    fc.commands(weighted(mix), { maxCommands: commands, size: "max" }),
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(...mixes), async (drawn) => {
      const real = await open();
      const model: Model = {
        shadow: new Shadow(real.now(), real.groups),
        leases: new Map(),
        seen: seen.history(),
        log: await witnessLog(real.backend.feed),
      };
      await fc.asyncModelRun(() => ({ model, real }), drawn);
    }),
    {
      numRuns: runs,
      ...(isLong ? { endOnFailure: true } : { interruptAfterTimeLimit: LONGEST_MS }),
      seed,
      ...(path !== undefined && { path }),
    },
  );
  return seen;
};
