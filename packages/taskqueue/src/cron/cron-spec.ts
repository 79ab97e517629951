import { type CronSpec, cronSpecSchema, PAYLOADS, type TaskKind } from "@chapterhouse/domain";
import type { z } from "zod";
import { cronInvalid, type CronProblem, Mistake } from "./mistake.ts";
import { checkTimeZone, readTimes } from "./occurrences.ts";

/** A recurring task as people write it in code; `identifier` is its kind by default. Lengths of time in ms. */
export type CronItemInput = Omit<z.input<typeof cronSpecSchema>, "identifier"> & { readonly identifier?: string };

/** A fill alone means: every time that was missed within it, at most these (the last ones). */
const MOST_FILLED = 1000;

/** What is wrong with a draft: in which of its fields, and how far in that field's text. */
export interface DraftProblem {
  readonly field: string;
  readonly offset: number;
  readonly message: string;
}

const problemOf = (field: string, read: () => unknown): DraftProblem[] => {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return [{ field, offset: error.offset, message: error.message }];
  }
};

const wrongTimes = (spec: CronSpec): DraftProblem[] => {
  const zone = problemOf("timeZone", () => checkTimeZone(spec.timeZone));
  return zone.length > 0 ? zone : problemOf("schedule", () => readTimes(spec));
};

/** Of our own kinds we know what a payload must be, so that a mistake shows now and not at three in the night. */
const wrongPayload = ({ kind, payload }: CronSpec): DraftProblem[] => {
  if (!Object.hasOwn(PAYLOADS, kind)) return [];
  const read = PAYLOADS[kind as TaskKind].safeParse(payload);
  return (read.error?.issues ?? []).map((issue) => ({
    field: "payload",
    offset: 0,
    message: `payload of ${kind}: ${issue.path.join(".")}: ${issue.message}`,
  }));
};

/** The spec with all its defaults, or everything that is wrong with it. */
export const readDraft = (draft: CronItemInput): { spec: CronSpec } | { problems: readonly DraftProblem[] } => {
  const isFillAlone = Boolean(draft.fillMs) && draft.catchUp === undefined;
  const read = cronSpecSchema.safeParse({
    identifier: draft.kind,
    ...(isFillAlone && { catchUp: { mode: "all", max: MOST_FILLED } }),
    ...draft,
  });
  if (!read.success) {
    const problems = read.error.issues.map(({ path, message }) => ({
      field: String(path[0] ?? ""),
      offset: 0,
      message: `${path.join(".")}: ${message}`,
    }));
    return { problems };
  }
  const problems = [...wrongTimes(read.data), ...wrongPayload(read.data)];
  return problems.length > 0 ? { problems } : { spec: read.data };
};

/** The items whose identifier stands before them already, by their index. */
export const findRepeated = (specs: readonly CronSpec[]): { readonly index: number; readonly message: string }[] => {
  const seen = new Set<string>();
  return specs.flatMap(({ identifier }, index) => {
    if (!seen.has(identifier)) {
      seen.add(identifier);
      return [];
    }
    return [{ index, message: `there is an item ${identifier} already: give this one an id of its own` }];
  });
};

/**
 * Items from code or from a request. Throws `CRON_INVALID` for what is not valid, never comes or stands twice; the line
 * of a problem is the item's place in the list, from 1.
 */
export const parseCronItems = (items: readonly CronItemInput[]): readonly CronSpec[] => {
  const problems: CronProblem[] = [];
  const specs: CronSpec[] = [];
  for (const [index, item] of items.entries()) {
    const read = readDraft(item);
    if ("spec" in read) specs.push(read.spec);
    else
      for (const { offset, message } of read.problems) problems.push({ line: index + 1, column: offset + 1, message });
  }
  if (problems.length === 0) {
    for (const { index, message } of findRepeated(specs)) problems.push({ line: index + 1, column: 1, message });
  }
  if (problems.length > 0) throw cronInvalid(problems);
  return specs;
};
