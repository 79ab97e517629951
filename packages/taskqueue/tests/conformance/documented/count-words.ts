import { defineKind } from "@chapterhouse/taskqueue";
import { z } from "zod";

const place = z.object({ text: z.int(), words: z.int() });

export const countWords = defineKind({
  kind: "count.words",
  title: "Count words",
  payload: z.object({ texts: z.array(z.string()), least: z.int().default(1) }),
  defaults: { maxAttempts: 3 },
  timeLimitMs: 60_000,
  handler: async ({ texts, least }, { task, signal, log, progress, checkpoint }) => {
    let { text, words } = place.safeParse(task.checkpoint).data ?? { text: 0, words: 0 };
    for (; text < texts.length; text += 1) {
      signal.throwIfAborted();
      const found = texts[text]?.split(/\s+/).filter((word) => word.length >= least) ?? [];
      words += found.length;
      log.info({ text, words: found.length }, "counted");
      progress({ done: text + 1, total: texts.length, unit: "texts" });
      checkpoint({ text: text + 1, words });
    }
    return { type: "done", result: { words } };
  },
});
