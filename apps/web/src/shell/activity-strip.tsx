import type { QueuedTask, Status } from "@chapterhouse/domain";
import { VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconFeather } from "@tabler/icons-react";
import { useId } from "react";
import { Link } from "react-router";
import { useOngoing } from "../api/queues.ts";
import { useStatus } from "../api/status.ts";
import { isLive } from "../api/tasks.ts";
import { KindIcon } from "../parts/kind-icon.tsx";
import { useNow } from "../parts/use-now.ts";
import { count } from "../words/count.ts";
import { jobProgress, percentWords } from "../words/job-words.ts";
import { kindWords, STATUS_WORDS, taskSubject } from "../words/task-words.ts";
import { OngoingList } from "./ongoing-list.tsx";
import classes from "./activity-strip.module.css";

/** What is being done now, on every page, always of the same height. It leads to the job; all of them unfold below it. */
export const ActivityStrip = () => {
  const jobs = (useOngoing().data?.items ?? []).filter(isLive).toSorted(byWeight);
  const status = useStatus().data;
  const [opened, { toggle, close }] = useDisclosure(false);
  const listId = useId();
  const [main] = jobs;
  return (
    <section aria-label="What runs now" className={classes.strip}>
      <div className={classes.inner}>
        {main === undefined ? <Quiet status={status} /> : <Busy job={main} onFollow={close} />}
        {jobs.length > 0 && (
          <button
            type="button"
            className={classes.more}
            aria-expanded={opened}
            aria-controls={listId}
            aria-label={opened ? "Hide what is being done" : `All that is being done: ${count(jobs.length, "job")}`}
            onClick={toggle}
          >
            {jobs.length > 1 && <span className="numbers">+{jobs.length - 1}</span>}
            <IconChevronDown size={16} aria-hidden className={classes.chevron} data-open={opened || undefined} />
          </button>
        )}
      </div>
      {opened && jobs.length > 0 && <OngoingList id={listId} jobs={jobs} onFollow={close} />}
      {/* Only that something began or ended is announced, never each step. */}
      <VisuallyHidden component="output">{announcement(status)}</VisuallyHidden>
    </section>
  );
};

const Busy = ({ job, onFollow }: { job: QueuedTask; onFollow: () => void }) => {
  const { fraction, counts, left } = jobProgress(job, useNow());
  return (
    <Link to={`/tasks/${job.id}`} className={classes.job} onClick={onFollow}>
      <KindIcon kind={job.kind} size={16} className={classes.icon} />
      <span className={classes.subject}>
        <span className={classes.kind}>{kindWords(job.kind)}: </span>
        {taskSubject(job)}
      </span>
      <span className={`${classes.detail} numbers`}>{counts ?? STATUS_WORDS[job.status]}</span>
      {left !== null && <span className={`${classes.detail} numbers`}>{left}</span>}
      {fraction !== null && <strong className={`${classes.percent} numbers`}>{percentWords(fraction)}</strong>}
      <span className={classes.line} aria-hidden>
        <span style={{ transform: `scaleX(${fraction ?? 0})` }} />
      </span>
    </Link>
  );
};

const Quiet = ({ status }: { status: Status | undefined }) => {
  if (status === undefined) return <span className={classes.detail}>Looking what runs …</span>;
  const nobody = status.runners.alive === 0;
  return (
    <Link to="/tasks" className={classes.job}>
      <IconFeather size={16} aria-hidden className={classes.icon} />
      <span className={classes.subject}>
        All is quiet
        {nobody ? ". No runner is here to work." : ""}
      </span>
    </Link>
  );
};

const announcement = (status: Status | undefined): string => {
  if (status === undefined) return "";
  const n = status.running.length;
  return n === 0 ? "Nothing runs." : `${count(n, "task")} running.`;
};

const WEIGHTS: Partial<Record<QueuedTask["status"], number>> = { running: 0, waiting: 0, cancelling: 1, pending: 2 };

/** What is at work before what waits its turn, the larger job first, then the older. */
const byWeight = (a: QueuedTask, b: QueuedTask): number => {
  const weight = ({ status }: QueuedTask) => WEIGHTS[status] ?? 3;
  return weight(a) - weight(b) || b.children.total - a.children.total || a.createdAt.localeCompare(b.createdAt);
};
