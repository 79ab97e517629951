import type { Task } from "@chapterhouse/domain";

/** What a task is about, in words for people. */
export const subjectOf = ({ kind, payload }: Pick<Task, "kind" | "payload">): string => {
  const part = (name: string) => {
    const value = payload[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  };
  if (kind === "narrate.chapter") return `${part("slug")} chapter ${part("chapter")} by ${part("voice")}`;
  if (kind === "scrape.book_range") return `${part("url")} ${part("fromChapter")}-${part("toChapter")}`;
  return part("url");
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

const measureText = (task: Task): string => {
  const { done, total, unit } = measureOf(task);
  if (total === null) return done === 0 ? "-" : `${done} ${unit}`;
  return `${done}/${total} ${unit}`.trim();
};

const cell = (text: string, width: number) => text.padEnd(width);

/** One line a task, with a heading. */
export const taskTable = (tasks: readonly Task[]): string => {
  if (tasks.length === 0) return "No tasks.";
  const rows = tasks.map((task) => [
    task.id,
    task.status,
    task.kind,
    measureText(task),
    [subjectOf(task), task.error?.code, task.waitingFor].filter(Boolean).join("  "),
  ]);
  const table = [["ID", "STATUS", "KIND", "PROGRESS", "ABOUT"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) => row.map((text, column) => cell(text, widths[column] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
};

/** One task in one line: `running   12/135 tasks   http://…`. */
export const taskLine = (task: Task): string =>
  [task.status.padEnd(10), measureText(task).padEnd(16), subjectOf(task), task.waitingFor ?? ""].join(" ").trimEnd();

/** `chaptersListed`: chapters listed. */
const inWords = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** How a task ended: what it achieved, leaving out what there was nothing of, and the reason when it did not end well. */
export const endOf = ({ status, result, error, ...task }: Task): string => {
  const facts = Object.entries(result ?? {}).flatMap(([name, value]) =>
    (typeof value === "number" && value !== 0) || typeof value === "string" ? [`${inWords(name)} ${value}`] : [],
  );
  return [
    `${status}  ${subjectOf(task)}`,
    ...(facts.length > 0 ? [facts.join(", ")] : []),
    ...(status !== "done" && error ? [`${error.code}: ${error.message}`] : []),
  ].join("\n  ");
};
