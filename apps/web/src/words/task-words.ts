import type { Progress, Task, TaskStatus } from "@chapterhouse/domain";
import { count, figure } from "./count.ts";

const KINDS: Readonly<Record<string, string>> = {
  "scrape.catalogue": "Catalogue",
  "scrape.book": "Book",
  "scrape.book_range": "Part of a book",
  "scrape.chapter": "Chapter",
  "narrate.chapter": "Narration",
};

const BATCH = "batch.";

export const kindWords = (kind: string): string => KINDS[kind] ?? (kind.startsWith(BATCH) ? "List of tasks" : kind);

const PARTS: Partial<Record<string, string>> = {
  "scrape.catalogue": "book",
  "scrape.book": "chapter",
  "scrape.book_range": "chapter",
};

/** What a task's children are: `3,000 chapters`, `1 book`. */
export const partsCount = (kind: string, n: number): string =>
  count(n, PARTS[kind] ?? (kind.startsWith(BATCH) ? "task" : "part"));

export const STATUS_WORDS: Readonly<Record<TaskStatus, string>> = {
  pending: "Waiting its turn",
  running: "Running",
  waiting: "At work",
  cancelling: "Being cancelled",
  paused: "Held",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");

/** What the task is about, for people: an address without its scheme, or the chapter and the voice. */
export const taskSubject = (task: Pick<Task, "kind" | "payload">): string => {
  if (task.kind.startsWith(BATCH)) return listWords(task);
  const { url, slug, chapter, voice, fromChapter, toChapter } = task.payload;
  if (task.kind === "narrate.chapter") return `${titleOfSlug(text(slug))}, chapter ${text(chapter)}, ${text(voice)}`;
  const address = plainAddress(text(url));
  if (task.kind === "scrape.book_range") return `${address}, chapters ${text(fromChapter)}–${text(toChapter)}`;
  return address === "" ? (firstWords(task.payload) ?? kindWords(task.kind)) : address;
};

/** The same where it stands among its siblings: chapters of a book have all but the end of their addresses in common. */
export const partSubject = (task: Pick<Task, "kind" | "payload">): string => {
  const subject = taskSubject(task);
  return task.kind === "scrape.chapter" ? subject.slice(subject.lastIndexOf("/") + 1) : subject;
};

/** A list of tasks of one kind, asked for together. */
const listWords = ({ kind, payload: { items } }: Pick<Task, "kind" | "payload">): string => {
  const one = kindWords(kind.slice(BATCH.length));
  return typeof items === "number" ? `${figure(items)} × ${one}` : one;
};

/** Of a kind that is not ours: the first thing it is told that can be read. */
const firstWords = (payload: Task["payload"]): string | null =>
  Object.values(payload)
    .map(text)
    .find((words) => words !== "") ?? null;

export const plainAddress = (url: string): string => url.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "");

/** A readable title until the true one is at hand: `moby-dick` → `Moby dick`. */
export const titleOfSlug = (slug: string): string => {
  const words = slug.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** `fraction` is 0 to 1, null while the whole is not known. `label` names it without a bar. */
export interface ShownProgress {
  readonly fraction: number | null;
  readonly label: string;
}

/** A parent's progress is its children's; every other task reports its own. */
export const taskProgress = (task: Pick<Task, "kind" | "status" | "children" | "progress">): ShownProgress | null => {
  const { kind, children, progress } = task;
  if (children.total > 0) {
    const ended = children.done + children.failed + children.cancelled;
    const failed = children.failed > 0 ? `, ${figure(children.failed)} failed` : "";
    return {
      fraction: ended / children.total,
      label: `${figure(ended)} of ${partsCount(kind, children.total)}${failed}`,
    };
  }
  if (progress !== null) return shownProgress(progress);
  return task.status === "done" ? { fraction: 1, label: "Done" } : null;
};

export const shownProgress = ({ done, total, unit, message }: Progress): ShownProgress => {
  const counted = total === null ? `${figure(done)} ${unit}` : `${figure(done)} of ${figure(total)} ${unit}`;
  return {
    fraction: total === null || total === 0 ? null : Math.min(1, done / total),
    label: message === "" ? counted : `${counted}, ${message}`,
  };
};
