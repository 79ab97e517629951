import { ChapterhouseError, CHILD_FAILURE_POLICIES, type ErrorCode, KEY_MODES } from "@chapterhouse/domain";
import type { NewTask } from "./ports.ts";

export const MOST_PAYLOAD_BYTES = 1024 * 1024;
const LAST_TIME = 8.64e15;

interface Rule {
  readonly field: keyof NewTask;
  readonly code: ErrorCode;
  /** What Graphile Worker and KongTask call the same; the message begins with it. */
  readonly seed?: string;
  readonly must: string;
  readonly holds: (value: unknown) => boolean;
}

/** Half a surrogate pair cannot be stored as it is, and SQLite ends some texts at a NUL. */
const isStorable = (text: string) => text.isWellFormed() && !text.includes("\0");
const isText = (most: number, least: number) => (value: unknown) =>
  typeof value === "string" && value.length >= least && value.length <= most && isStorable(value);
const isWhole = (least: number, most: number) => (value: unknown) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
const isFlag = isText(64, 1);
const fitsPayload = (value: unknown) =>
  typeof value === "object" && value !== null && Buffer.byteLength(JSON.stringify(value)) <= MOST_PAYLOAD_BYTES;

/** In the order in which they are told. All but the kind and the payload may be left out. */
const RULES: readonly Rule[] = [
  { field: "kind", code: "KIND_INVALID", seed: "GWBID", must: "be 1 to 128 characters", holds: isText(128, 1) },
  { field: "lane", code: "LANE_INVALID", seed: "GWBQN", must: "be 1 to 128 characters", holds: isText(128, 1) },
  { field: "key", code: "KEY_INVALID", seed: "GWBJK", must: "be at most 512 characters", holds: isText(512, 0) },
  {
    field: "keyMode",
    code: "KEY_MODE_INVALID",
    seed: "GWBKM",
    must: `be one of ${KEY_MODES.join(", ")}`,
    holds: (value) => KEY_MODES.some((mode) => mode === value),
  },
  {
    field: "maxAttempts",
    code: "MAX_ATTEMPTS_INVALID",
    seed: "GWBMA",
    must: "be a whole number from 1 to 1000",
    holds: isWhole(1, 1000),
  },
  {
    field: "priority",
    code: "BAD_REQUEST",
    must: "be a whole number from -1000000 to 1000000",
    holds: isWhole(-1_000_000, 1_000_000),
  },
  { field: "runAt", code: "BAD_REQUEST", must: "be a time in whole ms since the epoch", holds: isWhole(0, LAST_TIME) },
  {
    field: "flags",
    code: "BAD_REQUEST",
    must: "be at most 20 texts of 1 to 64 characters",
    holds: (value) => Array.isArray(value) && value.length <= 20 && value.every(isFlag),
  },
  { field: "group", code: "BAD_REQUEST", must: "be at most 128 characters", holds: isText(128, 0) },
  {
    field: "onChildFailure",
    code: "BAD_REQUEST",
    must: `be one of ${CHILD_FAILURE_POLICIES.join(", ")}`,
    holds: (value) => CHILD_FAILURE_POLICIES.some((policy) => policy === value),
  },
  { field: "createdBy", code: "BAD_REQUEST", must: "be at most 160 characters", holds: isText(160, 0) },
  { field: "payload", code: "BAD_REQUEST", must: "be an object or a list of at most 1 MiB", holds: fitsPayload },
];

const OPTIONAL: ReadonlySet<string> = new Set(
  RULES.map(({ field }) => field).filter((field) => field !== "kind" && field !== "payload"),
);

/**
 * Throws for the first thing that is wrong: `KIND_INVALID`, `LANE_INVALID`, `KEY_INVALID`, `KEY_MODE_INVALID`,
 * `MAX_ATTEMPTS_INVALID` or `BAD_REQUEST`, with `details` {index, field, seed?}. Both adapters call it before anything
 * is sent; the hook holds to the same rules, for those that call it themselves (pb_hooks/taskqueue/add.js).
 */
export const validateTasks = (tasks: readonly NewTask[]): void => {
  for (const [index, task] of tasks.entries()) {
    for (const { field, code, seed, must, holds } of RULES) {
      const value: unknown = task[field];
      if ((value === undefined && OPTIONAL.has(field)) || holds(value)) continue;
      const message = `${seed ? `${seed}: ` : ""}the ${field} of task ${index} must ${must}`;
      throw new ChapterhouseError(code, message, { details: { index, field, ...(seed && { seed }) } });
    }
  }
};
