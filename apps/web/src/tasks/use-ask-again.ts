import type { Task } from "@chapterhouse/domain";
import { useTellOfJob } from "../parts/use-tell-of-job.tsx";
import { useNarrateChapter, useScrape, type ScrapeRequest } from "../api/tasks.ts";

/** Asks for the same thing once more, as a new task; null for kinds that nobody can ask for by themselves. */
export const useAskAgain = (task: Task) => {
  const scrape = useScrape();
  const narrate = useNarrateChapter();
  const tell = useTellOfJob();
  const onSuccess = ({ task: added }: { task: Task | null }) => {
    if (added !== null) tell("It is on its way again, as a new task.", added);
  };
  const { slug, chapter, voice } = task.payload;
  if (task.kind === "narrate.chapter") {
    const wanted = { slug: String(slug), chapter: Number(chapter), voice: String(voice) };
    return {
      pending: narrate.isPending,
      ask: (onError: (error: unknown) => void) => narrate.mutate(wanted, { onSuccess, onError }),
    };
  }
  const wanted = scrapeAgain(task);
  if (wanted === null) return null;
  return {
    pending: scrape.isPending,
    ask: (onError: (error: unknown) => void) => scrape.mutate(wanted, { onSuccess, onError }),
  };
};

/** A chapter is fetched again by asking for its book: only what is missing is fetched. */
export const scrapeAgain = ({ kind, payload }: Pick<Task, "kind" | "payload">): ScrapeRequest | null => {
  const url = String(payload["url"]);
  switch (kind) {
    case "scrape.book":
      return { what: "book", url };
    case "scrape.catalogue":
      return { what: "catalogue", url };
    case "scrape.chapter":
      return { what: "book", url: String(payload["bookUrl"]) };
    case "scrape.book_range":
      return {
        what: "range",
        url,
        fromChapter: Number(payload["fromChapter"]),
        toChapter: Number(payload["toChapter"]),
      };
    default:
      return null;
  }
};
