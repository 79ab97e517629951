import { describe } from "vitest";
import { actingSuite } from "./acting.ts";
import { addingSuite } from "./adding.ts";
import { attemptsSuite } from "./attempts.ts";
import { cancellingSuite } from "./cancelling.ts";
import { cancellingTreesSuite } from "./cancelling-trees.ts";
import { childrenSuite } from "./children.ts";
import { claimingSuite } from "./claiming.ts";
import { continuationsSuite } from "./continuations.ts";
import { definitionsSuite } from "./definitions.ts";
import { explainingSuite } from "./explaining.ts";
import { feedSuite } from "./feed.ts";
import { firingSuite } from "./firing.ts";
import { flagsSuite } from "./flags.ts";
import { keepLastSuite } from "./keep-last.ts";
import { keysSuite } from "./keys.ts";
import { laneLimitsSuite } from "./lane-limits.ts";
import { laneSwitchesSuite } from "./lane-switches.ts";
import { lanesSuite } from "./lanes.ts";
import { policiesSuite } from "./policies.ts";
import { pruningSuite } from "./pruning.ts";
import type { Open } from "./queue-under-test.ts";
import { readingSuite } from "./reading.ts";
import { releasingSuite } from "./releasing.ts";
import { removingByKeySuite } from "./removing-by-key.ts";
import { removingSuite } from "./removing.ts";
import { reportsSuite } from "./reports.ts";
import { rollUpSuite } from "./roll-up.ts";
import { retryingChildrenSuite } from "./retrying-children.ts";
import { settlingSuite } from "./settling.ts";
import { timeLimitsSuite } from "./time-limits.ts";
import { treesSuite } from "./trees.ts";
import { turnsSuite } from "./turns.ts";
import { validatingSuite } from "./validating.ts";

type Suite = readonly [name: string, suite: (open: Open, load: number) => void];

const SUITES: readonly Suite[] = [
  ["adding", addingSuite],
  ["validating new tasks", validatingSuite],
  ["keys", keysSuite],
  ["keep_last: one runs and one waits", keepLastSuite],
  ["removing by key", removingByKeySuite],
  ["claiming", claimingSuite],
  ["turns", turnsSuite],
  ["flags", flagsSuite],
  ["settling", settlingSuite],
  ["attempts", attemptsSuite],
  ["trees", treesSuite],
  ["what children's ends mean", policiesSuite],
  ["continuations", continuationsSuite],
  ["children tried again", retryingChildrenSuite],
  ["reports", reportsSuite],
  ["time limits", timeLimitsSuite],
  ["cancelling", cancellingSuite],
  ["cancelling trees", cancellingTreesSuite],
  ["lanes", lanesSuite],
  ["lanes' limits", laneLimitsSuite],
  ["lanes' switches", laneSwitchesSuite],
  ["reading", readingSuite],
  ["children in order", childrenSuite],
  ["how far parents are", rollUpSuite],
  ["the log of changes", feedSuite],
  ["definitions", definitionsSuite],
  ["an operator's actions", actingSuite],
  ["removing", removingSuite],
  ["releasing a runner", releasingSuite],
  ["why a task waits", explainingSuite],
  ["pruning", pruningSuite],
  ["firing cron items", firingSuite],
];

/** What the four ports promise. `load` is how many tasks the twenty claimers fight over. */
export const queueSuite = (open: Open, { load }: { readonly load: number }): void => {
  describe.each(SUITES)("%s", (_, suite) => {
    suite(open, load);
  });
};
