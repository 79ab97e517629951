import * as fc from "fast-check";
import { addingCommands } from "./adding-commands.ts";
import { type Command, type Model } from "./command.ts";
import { cronCommands } from "./cron-commands.ts";
import { operatorCommands } from "./operator-commands.ts";
import type { Real } from "./real.ts";
import { runningCommands } from "./running-commands.ts";
import { Shadow } from "./shadow.ts";

export interface ModelRun {
  readonly open: () => Promise<Real>;
  readonly runs: number;
  readonly commands: number;
  /** From a failure's report, to see it again. */
  readonly seed?: number;
  readonly path?: string;
  /** More commands, such as those of a clock of one's own. */
  readonly extra?: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Command> }[];
}

/** A failure that takes long to make small is told as small as it is by then. */
const LONGEST_MS = 45_000;

/** fc.commands takes no weights: a command is drawn as often as it stands in the list. */
const weighted = (commands: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Command> }[]) =>
  commands.flatMap(({ weight, arbitrary }) => Array.from({ length: weight }, () => arbitrary));

/** Rejects with fast-check's report: seed, path, and the shortest list of commands that shows it. */
export const runModel = async ({ open, runs, commands, seed, path, extra = [] }: ModelRun): Promise<void> => {
  const all = weighted([...addingCommands, ...runningCommands, ...operatorCommands, ...cronCommands, ...extra]);
  await fc.assert(
    fc.asyncProperty(fc.commands(all, { maxCommands: commands, size: "max" }), async (drawn) => {
      const real = await open();
      const model: Model = { shadow: new Shadow(real.now(), real.groups), leases: new Map() };
      await fc.asyncModelRun(() => ({ model, real }), drawn);
    }),
    {
      numRuns: runs,
      interruptAfterTimeLimit: LONGEST_MS,
      ...(seed !== undefined && { seed }),
      ...(path !== undefined && { path }),
    },
  );
};
