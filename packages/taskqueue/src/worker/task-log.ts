import type { LogLine } from "@chapterhouse/domain";
import type { TaskLogger } from "../handler.ts";

type Level = LogLine["level"];

/** pino's loggers can do this; for others the facts are repeated on each line. */
interface WithChildren extends TaskLogger {
  child(bindings: object): TaskLogger;
}

const hasChildren = (log: TaskLogger): log is WithChildren => "child" in log && typeof log.child === "function";

export const childLogger = (log: TaskLogger, bindings: object): TaskLogger =>
  hasChildren(log)
    ? log.child(bindings)
    : eachLevel((level) => (facts, message) => log[level]({ ...bindings, ...facts }, message));

/** Logs to `logger`, and hands each line to `tell` as one text: the message and its facts. */
export const tellingLogger = (logger: TaskLogger, tell: (level: Level, text: string) => void): TaskLogger =>
  eachLevel((level) => (facts, message) => {
    logger[level](facts, message);
    tell(level, textOf(facts, message));
  });

const eachLevel = (make: (level: Level) => (facts: object, message: string) => void): TaskLogger => ({
  debug: make("debug"),
  info: make("info"),
  warn: make("warn"),
  error: make("error"),
});

/** Errors as their message alone: JSON would make `{}` of them. */
const textOf = (facts: object, message: string): string => {
  try {
    const text = JSON.stringify(facts, (_, value: unknown) => (value instanceof Error ? value.message : value));
    return text === "{}" ? message : `${message} ${text}`;
  } catch {
    return message;
  }
};
