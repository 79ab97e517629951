import { Mistake, shifted } from "./mistake.ts";

/** All values at which each field matches, ascending. Sunday is 0. */
export interface Schedule {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  readonly daysOfWeek: readonly number[];
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** What stands for `min`, `min + 1` … */
  readonly names?: readonly string[];
}

const MINUTE: Field = { name: "minute", min: 0, max: 59 };
const HOUR: Field = { name: "hour", min: 0, max: 23 };
const DAY_OF_MONTH: Field = { name: "day of month", min: 1, max: 31 };
const MONTH: Field = {
  name: "month",
  min: 1,
  max: 12,
  names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
/** 7 is Sunday too, as in cron. */
const DAY_OF_WEEK: Field = {
  name: "day of week",
  min: 0,
  max: 7,
  names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

const PART = /^(?:(?<star>\*)|(?<from>\w+)(?:-(?<to>\w+))?)(?:\/(?<step>\d+))?$/;

const steps = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

const readValue = (text: string, { name, min, max, names }: Field): number => {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  const value = named >= 0 ? named + min : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Mistake(`${text} is no ${name} (${min} to ${max})`);
};

const readPart = (text: string, field: Field): number[] => {
  const { star, from, to, step: stepText } = PART.exec(text)?.groups ?? {};
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1 || step > field.max) throw new Mistake(`a step of ${stepText} never comes (1 to ${field.max})`);
  // As Graphile Worker has it: the values that the step divides. In cron itself they count from the field's first.
  if (star) return steps(Math.ceil(field.min / step) * step, field === DAY_OF_WEEK ? 6 : field.max, step);
  if (from === undefined) throw new Mistake(`"${text}" is none of *, 5, 1-5, */5, 1-30/5 or a list of these`);
  const first = readValue(from, field);
  if (to === undefined) {
    if (stepText !== undefined) throw new Mistake(`a step needs * or a range before it: ${from}-${field.max}/${step}`);
    return [first];
  }
  const last = readValue(to, field);
  if (first > last) throw new Mistake(`the range ${text} ends before it begins`);
  return steps(first, last, step);
};

const readField = (text: string, field: Field): number[] => {
  let offset = 0;
  const values = text.split(",").flatMap((part) => {
    const read = shifted(offset, () => readPart(part, field));
    offset += part.length + 1;
    return read;
  });
  const found = field === DAY_OF_WEEK ? values.map((value) => value % 7) : values;
  return [...new Set(found)].sort((a, b) => a - b);
};

/** Reads five fields. Throws a `Mistake`. */
export const readSchedule = (text: string): Schedule => {
  const words = [...text.matchAll(/\S+/g)];
  const at = (index: number, field: Field): number[] => {
    const word = words[index];
    if (word === undefined) throw new Mistake(`five fields are needed: there is no ${field.name}`, text.length);
    return shifted(word.index, () => readField(word[0], field));
  };
  if (words[5]) throw new Mistake("five fields are needed: this is a sixth", words[5].index);
  return {
    minutes: at(0, MINUTE),
    hours: at(1, HOUR),
    daysOfMonth: at(2, DAY_OF_MONTH),
    months: at(3, MONTH),
    daysOfWeek: at(4, DAY_OF_WEEK),
  };
};
