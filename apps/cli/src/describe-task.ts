import type { QueuedTask, Task } from "@chapterhouse/domain";
import { isTerminal } from "@chapterhouse/domain";

/** Once it was looked at, a task also says how far all of it is. */
export type WatchedTask = Task & Partial<Pick<QueuedTask, "overall">>;

/** What a task is about, in words for people; its kind where nothing else is known of it. */
export const subjectOf = ({ kind, payload }: Pick<Task, "kind" | "payload">): string => {
  if (kind.startsWith("batch.")) return `list of ${kind.slice("batch.".length)}`;
  const part = (name: string) => {
    const value = payload[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  };
  if (kind === "narrate.chapter") return `${part("slug")} chapter ${part("chapter")} by ${part("voice")}`;
  if (kind === "scrape.book_range") return `${part("url")} ${part("fromChapter")}-${part("toChapter")}`;
  return part("url") || kind;
};

export interface Measure {
  readonly done: number;
  /** null while it is not known */
  readonly total: number | null;
  readonly unit: string;
}

/** What the children of a kind are. */
const CHILDREN: Readonly<Record<string, string>> = {
  "scrape.catalogue": "books",
  "scrape.book": "chapters",
  "scrape.book_range": "chapters",
};

/** How far a task is. A parent is as far as its children are, whatever became of them. */
export const measureOf = ({ kind, children, progress, status }: Task): Measure => {
  if (children.total > 0) {
    return {
      done: children.done + children.failed + children.cancelled,
      total: children.total,
      unit: CHILDREN[kind] ?? "tasks",
    };
  }
  if (progress) return { done: progress.done, total: progress.total, unit: progress.unit };
  return { done: status === "done" ? 1 : 0, total: status === "done" ? 1 : null, unit: "" };
};

/** From 0 to 1, with all that is below it; null while it is not known. */
export const fractionOf = (task: WatchedTask): number | null => {
  if (task.overall) return task.overall.fraction;
  const { done, total } = measureOf(task);
  return total === null ? null : Math.min(1, done / Math.max(1, total));
};

export const measureText = (task: Task): string => {
  const { done, total, unit } = measureOf(task);
  if (total === null) return done === 0 ? "-" : `${done} ${unit}`;
  return `${done}/${total} ${unit}`.trim();
};

const percentText = (task: WatchedTask): string => {
  const fraction = fractionOf(task);
  return fraction === null ? "" : `${Math.floor(100 * fraction)} %`;
};

/** How long it will take if it goes on so, such as `12 min`; nothing where that is not known. `now` in ms. */
export const leftText = ({ overall }: WatchedTask, now: number): string => {
  if (!overall?.eta) return "";
  const seconds = Math.max(0, Math.round((Date.parse(overall.eta) - now) / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
};

const cell = (text: string, width: number) => text.padEnd(width);

/** One line a task, with a heading. `now` in ms. */
export const taskTable = (tasks: readonly WatchedTask[], now: number): string => {
  if (tasks.length === 0) return "No tasks.";
  const rows = tasks.map((task) => [
    task.id,
    task.status,
    task.kind,
    measureText(task),
    percentText(task),
    leftText(task, now),
    [subjectOf(task), task.error?.code, task.waitingFor].filter(Boolean).join("  "),
  ]);
  const table = [["ID", "STATUS", "KIND", "PARTS", "DONE", "LEFT", "ABOUT"], ...rows];
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) => row.map((text, column) => cell(text, widths[column] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
};

/** One task in one line: `waiting    12/135 chapters  9 %   http://…`. */
export const taskLine = (task: WatchedTask): string =>
  [
    task.status.padEnd(10),
    measureText(task).padEnd(16),
    percentText(task).padStart(5),
    subjectOf(task),
    task.waitingFor ?? "",
  ]
    .join(" ")
    .trimEnd();

/** `chaptersListed`: chapters listed. */
const inWords = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** How a task ended: what it achieved, leaving out what there was nothing of, and what went wrong with it or its parts. */
export const endOf = ({ status, result, error, ...task }: Task): string => {
  const facts = Object.entries(result ?? {}).flatMap(([name, value]) =>
    (typeof value === "number" && value !== 0) || typeof value === "string" ? [`${inWords(name)} ${value}`] : [],
  );
  return [
    `${status}  ${subjectOf(task)}`,
    ...(facts.length > 0 ? [facts.join(", ")] : []),
    ...(isTerminal(status) && error ? [`${error.code}: ${error.message}`] : []),
  ].join("\n  ");
};
