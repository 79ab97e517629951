import { describe } from "vitest";
import { addingSuite } from "./adding.ts";
import { cancellingSuite } from "./cancelling.ts";
import { claimingSuite } from "./claiming.ts";
import { lanesSuite } from "./lanes.ts";
import type { Open } from "./queue-under-test.ts";
import { readingSuite } from "./reading.ts";
import { settlingSuite } from "./settling.ts";

/** What every TaskQueue promises. `load` is how many tasks the twenty claimers fight over. */
export const queueSuite = (open: Open, { load }: { readonly load: number }): void => {
  describe("adding", () => {
    addingSuite(open);
  });
  describe("claiming", () => {
    claimingSuite(open, load);
  });
  describe("settling", () => {
    settlingSuite(open);
  });
  describe("cancelling", () => {
    cancellingSuite(open);
  });
  describe("lanes", () => {
    lanesSuite(open);
  });
  describe("reading", () => {
    readingSuite(open);
  });
};
