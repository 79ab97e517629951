import type { Task } from "@chapterhouse/domain";
import type { Reader, TaskQueue } from "./ports.ts";
import { asAudioTask, asScrapeTask, AUDIO_TASK_KIND, SCRAPE_TASK_KINDS } from "./task-views.ts";

/** These lists are for front ends that want the recent past at once; everything else is paged through `list`. */
const MOST_LISTED = 1000;

const isThere = <T>(value: T | null): value is T => value !== null;

/** The backend's view of the queue for pages. Lists hold the newest thousand. */
export const createReader = (queue: TaskQueue): Reader => {
  const newest = async (kinds: readonly string[]): Promise<readonly Task[]> =>
    (await queue.list({ kinds, order: "started", limit: MOST_LISTED })).items;
  return {
    listScrapeTasks: async () => (await newest(SCRAPE_TASK_KINDS)).map(asScrapeTask).filter(isThere),
    async getScrapeTask(id) {
      const [task] = await queue.find([id]);
      return task ? asScrapeTask(task) : null;
    },
    listAudioTasks: async () => (await newest([AUDIO_TASK_KIND])).map(asAudioTask).filter(isThere),
    async getAudioTask(cacheKey) {
      const task = await queue.findByKey(cacheKey);
      return task ? asAudioTask(task) : null;
    },
  };
};
