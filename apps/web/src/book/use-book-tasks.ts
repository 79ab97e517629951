import type { Book, Task } from "@chapterhouse/domain";
import { isLive, useTasks } from "../api/tasks.ts";
import { plainAddress } from "../words/task-words.ts";

/** Live tasks of this book that somebody asked for (its chapters' tasks are counted by their parent), oldest first. */
export const useBookTasks = (book: Pick<Book, "slug" | "url"> | null): readonly Task[] => {
  const tasks = useTasks(book === null ? null : { status: "live", parent: "none", limit: 100 });
  if (book === null) return [];
  return (tasks.data?.items ?? []).filter((task) => isLive(task) && concerns(task, book)).toReversed();
};

export const concerns = (task: Pick<Task, "payload">, book: Pick<Book, "slug" | "url">): boolean => {
  const { slug, url } = task.payload;
  return slug === book.slug || (typeof url === "string" && plainAddress(url) === plainAddress(book.url));
};
