import type { Task } from "@chapterhouse/domain";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isLive, useCancelTask, useNarrateChapter, useTask, useTasks } from "../api/tasks.ts";

/** The narration of one chapter in one voice, while it is being made. */
export interface Narrating {
  /** The live task; null when nobody makes it. */
  readonly task: Task | null;
  /** Why the last try came to nothing. */
  readonly error: unknown;
  readonly failed: Task | null;
  readonly asking: boolean;
  readonly ask: () => void;
  readonly cancel: () => void;
}

/** `needed`: false while the narration is there already; then nothing is asked of the server. */
export const useNarrating = (slug: string, chapter: number, voice: string, needed: boolean): Narrating => {
  const client = useQueryClient();
  const narrate = useNarrateChapter();
  const cancel = useCancelTask();
  const [followed, setFollowed] = useState<{ id: string; of: string } | null>(null);
  const key = `${slug}/${chapter}/${voice}`;

  // Someone, or this page before it was loaded again, may have asked already.
  const live = useTasks(needed ? { status: "live", kind: "narrate.chapter", limit: 100 } : null);
  const found = live.data?.items.find((task) => narrationKey(task) === key && isLive(task));
  const id = followed?.of === key ? followed.id : (found?.id ?? null);
  const task = useTask(needed ? id : null).data ?? null;

  const status = task?.status;
  useEffect(() => {
    if (status === "done") void client.invalidateQueries({ queryKey: ["chapter", slug] });
  }, [client, slug, status]);

  return {
    task: task !== null && isLive(task) ? task : null,
    error: narrate.error,
    failed: task?.status === "failed" ? task : null,
    asking: narrate.isPending,
    ask: () =>
      narrate.mutate(
        { slug, chapter, voice },
        {
          onSuccess: (answer) => {
            if (answer.task !== null) setFollowed({ id: answer.task.id, of: key });
            else void client.invalidateQueries({ queryKey: ["chapter", slug] });
          },
        },
      ),
    cancel: () => {
      if (task !== null) cancel.mutate(task.id);
    },
  };
};

const narrationKey = ({ payload }: Pick<Task, "payload">): string =>
  [payload["slug"], payload["chapter"], payload["voice"]].map(String).join("/");
