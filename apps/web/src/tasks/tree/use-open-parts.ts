import type { QueuedTask, Task } from "@chapterhouse/domain";
import { useCallback, useState } from "react";
import { useJobsInside } from "../../api/queues.ts";
import type { OpenJob, TreeRow } from "./tree-rows.ts";

interface OpenPart {
  readonly id: string;
  readonly parent: string;
  readonly index: number;
  /** How many parts it had when it was opened; kept current from then on. */
  readonly total: number;
}

/** Which parts of a job are opened to show their own, as the tree of rows that this makes. */
export const useOpenParts = (job: QueuedTask) => {
  const [open, setOpen] = useState<readonly OpenPart[]>([]);
  const inside = useJobsInside(open.map(({ id }) => id));

  const toggle = useCallback((task: Task, { parent, index }: Pick<TreeRow, "parent" | "index">) => {
    const part = { id: task.id, parent, index, total: task.children.total };
    setOpen((before) => (before.some(({ id }) => id === part.id) ? without(before, part.id) : [...before, part]));
  }, []);
  const treeOf = (id: string, total: number): OpenJob => ({
    id,
    total,
    open: new Map(
      open
        .filter(({ parent }) => parent === id)
        .map((part) => [part.index, treeOf(part.id, inside.get(part.id)?.children.total ?? part.total)]),
    ),
  });
  return {
    tree: treeOf(job.id, job.children.total),
    toggle,
    isOpen: (task: Task) => open.some(({ id }) => id === task.id),
  };
};

/** Closes a part with all that is open inside it. */
const without = (open: readonly OpenPart[], id: string): readonly OpenPart[] => {
  const rest = open.filter((part) => part.id !== id);
  const below = rest.filter((part) => part.parent === id);
  return below.reduce<readonly OpenPart[]>((kept, part) => without(kept, part.id), rest);
};
