import type { Status } from "@chapterhouse/domain";
import { VisuallyHidden } from "@mantine/core";
import { IconFeather } from "@tabler/icons-react";
import { Link } from "react-router";
import { useStatus } from "../api/status.ts";
import { KindIcon } from "../parts/kind-icon.tsx";
import { count } from "../words/count.ts";
import { kindWords, plainAddress, shownProgress } from "../words/task-words.ts";
import classes from "./activity-strip.module.css";

type RunningTask = Status["running"][number];

/** What runs now, on every page, always of the same height. It leads to the tasks. */
export const ActivityStrip = () => {
  const { data } = useStatus();
  const running = data?.running ?? [];
  const [main] = running.toSorted(byWeight);
  const others = running.length - 1;
  return (
    <section aria-label="What runs now" className={classes.strip}>
      <Link to="/tasks" className={classes.inner} data-busy={main !== undefined || undefined}>
        {main === undefined ? <Quiet status={data} /> : <Busy task={main} others={others} />}
      </Link>
      {/* Only that something began or ended is announced, never each step. */}
      <VisuallyHidden component="output">{announcement(data)}</VisuallyHidden>
    </section>
  );
};

const Busy = ({ task, others }: { task: RunningTask; others: number }) => {
  const progress = task.progress === null ? null : shownProgress(task.progress);
  return (
    <>
      <KindIcon kind={task.kind} size={16} className={classes.icon} />
      <span className={classes.subject}>
        {kindWords(task.kind)}: {plainAddress(task.subject)}
      </span>
      <span className={`${classes.detail} numbers`}>{progress?.label}</span>
      {others > 0 && <span className={classes.others}>+{others} more</span>}
      <span className={classes.line} aria-hidden>
        <span style={{ transform: `scaleX(${progress?.fraction ?? 0})` }} />
      </span>
    </>
  );
};

const Quiet = ({ status }: { status: Status | undefined }) => {
  if (status === undefined) return <span className={classes.detail}>Looking what runs …</span>;
  const pending = status.tasks.byStatus.pending;
  const nobody = status.runners.alive === 0;
  return (
    <>
      <IconFeather size={16} aria-hidden className={classes.icon} />
      <span className={classes.subject}>
        {pending > 0 ? `${count(pending, "task")} waiting` : "All is quiet"}
        {nobody ? ". No runner is here to work." : ""}
      </span>
    </>
  );
};

const announcement = (status: Status | undefined): string => {
  if (status === undefined) return "";
  const n = status.running.length;
  return n === 0 ? "Nothing runs." : `${count(n, "task")} running.`;
};

/** Whole books before their chapters; among equals the one that started first. */
const byWeight = (a: RunningTask, b: RunningTask): number => {
  const weight = (task: RunningTask) => (task.kind === "scrape.chapter" ? 1 : 0);
  return weight(a) - weight(b) || (a.startedAt ?? "").localeCompare(b.startedAt ?? "");
};
