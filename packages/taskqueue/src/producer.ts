import { ChapterhouseError } from "@chapterhouse/domain";
import { configureLanesOf, ownTask, PRIORITIES } from "./own-task.ts";
import type { AddedTask, NewTask, Producer, TaskQueue } from "./ports.ts";

export interface ProducerOptions {
  /** The politeness floor of a site's lane, in ms. */
  readonly minGapMs: number;
  /** Who asks (`NewTask.createdBy`); default: nobody. */
  readonly createdBy?: string;
}

/** The backend's view of the queue: what is live already is answered instead of being added twice. */
export const createProducer = (queue: TaskQueue, { minGapMs, createdBy }: ProducerOptions): Producer => {
  const add = async (tasks: readonly NewTask[]): Promise<readonly AddedTask[]> => {
    await configureLanesOf(queue, tasks, minGapMs);
    return queue.add(createdBy === undefined ? tasks : tasks.map((task) => ({ ...task, createdBy })));
  };
  const addOne = async (task: NewTask): Promise<AddedTask> => {
    const [added] = await add([task]);
    if (!added) throw new ChapterhouseError("INTERNAL", "The queue answered nothing");
    return added;
  };
  return {
    createScrapeTask: (kind, url, fromChapter, toChapter) => {
      if (kind === "book_range") return addOne(ownTask("scrape.book_range", { url, fromChapter, toChapter }));
      return addOne(kind === "book" ? ownTask("scrape.book", { url }) : ownTask("scrape.catalogue", { url }));
    },
    createAudioTask: (slug, chapter, voice) => {
      // One that waits already, as a part of its book, is hastened by it.
      const { group: _, ...task } = ownTask("narrate.chapter", { slug, chapter, voice });
      return addOne({ ...task, priority: PRIORITIES.asked });
    },
    createAudioTasks: (slug, chapters, voice) =>
      add(chapters.map((chapter) => ownTask("narrate.chapter", { slug, chapter, voice }))),
    async cancelTask(id) {
      const [cancelled] = await queue.cancel([id]);
      if (!cancelled?.task)
        throw new ChapterhouseError("TASK_NOT_FOUND", `There is no task ${id}`, { details: { id } });
      return cancelled.task;
    },
  };
};
