import { type CronSpec, KEY_MODES } from "@chapterhouse/domain";
import JSON5 from "json5";
import { cronInvalid, type CronProblem, Mistake, shifted } from "./mistake.ts";
import { type CronItemInput, findRepeated, readDraft } from "./cron-spec.ts";
import { readTimePhrase } from "./time-phrase.ts";

// The format is Graphile Worker's as its documentation gives it, with time zones and catch-up besides (docs/cron.md).

type Draft = Partial<CronItemInput>;

const whole = (text: string): number => {
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  throw new Mistake(`"${text}" is no whole number`);
};

const readCatchUp = (text: string): CronItemInput["catchUp"] => {
  if (text === "none" || text === "latest") return { mode: text };
  const max = /^all:(\d{1,9})$/.exec(text)?.[1];
  if (max !== undefined) return { mode: "all", max: Number(max) };
  throw new Mistake(`"${text}" is none of none, latest and all:5`);
};

const readKeyMode = (text: string): (typeof KEY_MODES)[number] => {
  const mode = KEY_MODES.find((each) => each === text);
  if (mode) return mode;
  throw new Mistake(`"${text}" is none of ${KEY_MODES.join(", ")}`);
};

const OPTIONS: Readonly<Record<string, (value: string) => Draft>> = {
  id: (identifier) => ({ identifier }),
  fill: (value) => ({ fillMs: readTimePhrase(value) }),
  max: (value) => ({ maxAttempts: whole(value) }),
  queue: (lane) => ({ lane }),
  priority: (value) => ({ priority: whole(value) }),
  key: (key) => ({ key }),
  jobKey: (key) => ({ key }),
  key_mode: (value) => ({ keyMode: readKeyMode(value) }),
  jobKeyMode: (value) => ({ keyMode: readKeyMode(value) }),
  tz: (timeZone) => ({ timeZone }),
  catchup: (value) => ({ catchUp: readCatchUp(value) }),
};

/** A line's item, and where each of its fields stands. */
interface Item {
  readonly draft: CronItemInput;
  readonly offsets: ReadonlyMap<string, number>;
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new Mistake(`"${text}" is not percent-encoded as in an address`);
  }
};

/** `?a=1&b=2`, which begins at `start` of its line. */
const readOptions = (text: string, start: number, offsets: Map<string, number>): Draft => {
  let draft: Draft = {};
  let offset = start + 1;
  for (const part of text.slice(1).split("&")) {
    const [name = "", ...rest] = part.split("=");
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (!option) throw new Mistake(`"${name}" is no option (${Object.keys(OPTIONS).join(", ")})`, offset);
    const valueAt = offset + name.length + 1;
    const read = shifted(valueAt, () => option(decode(rest.join("="))));
    for (const field of Object.keys(read)) {
      if (offsets.has(field)) throw new Mistake(`${name} is said twice`, offset);
      offsets.set(field, valueAt);
    }
    draft = { ...draft, ...read };
    offset += part.length + 1;
  }
  return draft;
};

const onlyJson = (_: string, value: unknown): unknown => {
  if (typeof value === "number" && !Number.isFinite(value)) throw new Mistake(`${value} cannot be kept as JSON`);
  return value;
};

const readPayload = (text: string): Record<string, unknown> => {
  if (!text.startsWith("{")) throw new Mistake("after the options only a payload may stand, which begins with {");
  try {
    return JSON5.parse<Record<string, unknown>>(text, onlyJson);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // json5 says so in its documentation: columns from 1.
    const { columnNumber = 1 } = error as { columnNumber?: number };
    throw new Mistake(`the payload is no JSON5: ${error.message}`, columnNumber - 1);
  }
};

const LINE =
  /^(?<schedule>\s*\S+(?:\s+\S+){4})(?<gap>\s+)(?<kind>\S+)(?<space>\s*)(?<options>\?\S*)?(?<more>\s*)(?<payload>.*)$/;
const KIND = /^[_a-zA-Z][\w:.-]*$/;

const readLine = (line: string): Item => {
  const { schedule, gap, kind, space, options, more, payload } = LINE.exec(line)?.groups ?? {};
  if (schedule === undefined || gap === undefined || kind === undefined) {
    throw new Mistake("five fields and the kind of the task are needed: * * * * * kind ?options {payload}");
  }
  const offsets = new Map([["schedule", 0]]);
  let at = schedule.length + gap.length;
  if (!KIND.test(kind))
    throw new Mistake(`"${kind}" is no kind of task: a letter or _, then letters, digits and _ : . -`, at);
  offsets.set("kind", at);
  at += kind.length + (space?.length ?? 0);
  const read = options === undefined ? {} : readOptions(options, at, offsets);
  at += (options?.length ?? 0) + (more?.length ?? 0);
  offsets.set("payload", at);
  const given = payload ? { payload: shifted(at, () => readPayload(payload)) } : {};
  return { draft: { schedule, kind, ...read, ...given }, offsets };
};

interface Found {
  readonly line: number;
  readonly column: number;
  readonly spec: CronSpec;
}

const readSpec = (text: string, line: number): Found | readonly CronProblem[] => {
  const { draft, offsets } = readLine(text);
  const read = readDraft(draft);
  const columnOf = (field: string) => (offsets.get(field) ?? offsets.get("kind") ?? 0) + 1;
  if ("spec" in read) return { line, column: columnOf("identifier"), spec: read.spec };
  return read.problems.map(({ field, offset, message }) => ({ line, column: columnOf(field) + offset, message }));
};

/**
 * The items of a crontab's text. Throws `CRON_INVALID`, whose `details.problems` are all that is wrong, by line and
 * column.
 */
export const parseCrontab = (text: string): readonly CronSpec[] => {
  const found: Found[] = [];
  const problems: CronProblem[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    try {
      const read = readSpec(line, index + 1);
      if ("spec" in read) found.push(read);
      else problems.push(...read);
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      problems.push({ line: index + 1, column: error.offset + 1, message: error.message });
    }
  }
  for (const { index, message } of findRepeated(found.map(({ spec }) => spec))) {
    problems.push({ line: found[index]?.line ?? 1, column: found[index]?.column ?? 1, message });
  }
  if (problems.length > 0) throw cronInvalid(problems.toSorted((a, b) => a.line - b.line || a.column - b.column));
  return found.map(({ spec }) => spec);
};
