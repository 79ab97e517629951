import type { Book, Task } from "@chapterhouse/domain";
import { ChapterhouseError } from "@chapterhouse/domain";
import type { ApiClient } from "../client.ts";
import { endOf, measureOf } from "../describe-task.ts";
import { type TaskSource, watchTasks } from "../watch-tasks.ts";

export interface DemoOptions {
  readonly client: Pick<ApiClient, "url" | "scrapeBook" | "narrateChapter" | "listBooks"> & TaskSource;
  /** The book's page on the demo's site. */
  readonly bookUrl: string;
  /** Takes one line for people at a time. */
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
  /** Between two looks at a task, ms. */
  readonly pollMs?: number;
}

/** Waits for a task and throws when it did not end well. */
const finish = async ({ client, onProgress, signal, pollMs = 300 }: DemoOptions, task: Task) => {
  let said = "";
  const onChange = ([seen = task]: readonly Task[]) => {
    const { done, total, unit } = measureOf(seen);
    const line = `  ${seen.kind}  ${seen.status}${total === null ? "" : `  ${done}/${total} ${unit}`}`;
    if (line !== said) onProgress(line);
    said = line;
  };
  const [last = task] = await watchTasks(client, [task], { onChange, signal, pollMs });
  if (signal.aborted) throw new ChapterhouseError("CANCELLED", "The demo was interrupted", { cause: signal.reason });
  if (last.status !== "done") {
    throw new ChapterhouseError("CHILDREN_FAILED", endOf(last), { details: { id: last.id, status: last.status } });
  }
};

const findBook = async ({ client, bookUrl }: DemoOptions): Promise<Book> => {
  const { items } = await client.listBooks({ limit: 100 });
  const book = items.find(({ url }) => url === bookUrl);
  if (!book) throw new ChapterhouseError("BOOK_NOT_FOUND", `The library holds no book from ${bookUrl}`);
  return book;
};

/**
 * The whole path on a book of our own, as a caller of the API would do it: scrape it, wait, narrate its first chapter.
 * Returns the book as the library then has it.
 * Throws `CHILDREN_FAILED` when a task did not end as done, `CANCELLED` when `signal` fired, and whatever the API says.
 */
export const runDemo = async (options: DemoOptions): Promise<Book> => {
  const { client, bookUrl, onProgress } = options;
  onProgress(`Demo: scraping ${bookUrl}`);
  await finish(options, (await client.scrapeBook(bookUrl)).task);
  const { slug } = await findBook(options);
  onProgress("Demo: narrating chapter 1");
  const narration = await client.narrateChapter(slug, 1);
  if (narration.task) await finish(options, narration.task);
  const book = await findBook(options);
  onProgress(`Demo: "${book.title}" is in your library, ${book.chapters.stored} chapters, the first one to listen to:`);
  onProgress(`      ${client.url}/books/${slug}/1`);
  return book;
};
