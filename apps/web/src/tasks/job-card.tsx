import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { QueuedTask, Task } from "@chapterhouse/domain";
import { IconChevronDown } from "@tabler/icons-react";
import { type ReactNode, useCallback, useId, useState } from "react";
import { Link } from "react-router";
import { useMe } from "../api/session.ts";
import { isLive } from "../api/tasks.ts";
import { KindIcon } from "../parts/kind-icon.tsx";
import { useNow } from "../parts/use-now.ts";
import { wordsForCode } from "../words/error-words.ts";
import { createdByWords, shownState } from "../words/job-words.ts";
import { kindWords, partsCount, taskSubject } from "../words/task-words.ts";
import { taskTimes } from "../words/task-times.ts";
import { CancelTimes } from "./cancel-times.tsx";
import { ItemDrawer } from "./item-drawer.tsx";
import { JobActions } from "./job-actions.tsx";
import { JobBar } from "./job-bar.tsx";
import { TaskDetails } from "./task-details.tsx";
import { TaskState } from "./task-state.tsx";
import { JobTree } from "./tree/job-tree.tsx";
import classes from "./job-card.module.css";

/** One job with all that is known of it. `alone`: on a page of its own, where its name is the page's. */
export const JobCard = ({ job, alone = false }: { job: QueuedTask; alone?: boolean }) => {
  const [expanded, { toggle }] = useDisclosure(alone);
  const [detailed, details] = useDisclosure(alone && job.children.total === 0);
  const [shown, setShown] = useState<{ parent: string; id: string } | null>(null);
  const show = useCallback(({ id }: Task, parent: string) => setShown({ parent, id }), []);
  const partsId = useId();
  const detailsId = useId();
  const subject = taskSubject(job);
  return (
    <article className={classes.card} aria-label={`${kindWords(job.kind)}: ${subject}`}>
      <KindIcon kind={job.kind} size={22} className={classes.icon} />
      <div className={classes.words}>
        {!alone && (
          <h2 className={classes.subject}>
            <Link to={`/tasks/${job.id}`}>{subject}</Link>
          </h2>
        )}
        <Times job={job} />
      </div>
      <TaskState state={shownState(job)} />
      <JobBar job={job} />
      <CancelTimes task={job} />
      <Trouble task={job} />
      <div className={classes.actions}>
        {job.children.total > 0 && (
          <Disclosure opened={expanded} controls={partsId} onClick={toggle}>
            {expanded ? "Hide" : "Show"} its {partsCount(job.kind, job.children.total)}
          </Disclosure>
        )}
        <Disclosure opened={detailed} controls={detailsId} onClick={details.toggle}>
          {detailed ? "Hide details" : "Details"}
        </Disclosure>
        <JobActions job={job} />
      </div>
      {detailed && (
        <div id={detailsId} className={classes.whole}>
          <TaskDetails task={job} />
        </div>
      )}
      {expanded && (
        <div id={partsId} className={classes.whole}>
          <JobTree job={job} onShow={show} />
        </div>
      )}
      {shown !== null && <ItemDrawer {...shown} onClose={() => setShown(null)} />}
    </article>
  );
};

const Times = ({ job }: { job: QueuedTask }) => {
  const now = useNow();
  const by = createdByWords(job.createdBy, useMe().data ?? null);
  return (
    <p className={classes.times}>
      {kindWords(job.kind)} · {taskTimes(job, now)}
      {by !== null && ` · ${by}`}
    </p>
  );
};

interface DisclosureProps {
  readonly opened: boolean;
  readonly controls: string;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

const Disclosure = ({ opened, controls, onClick, children }: DisclosureProps) => (
  <Button
    variant="subtle"
    color="gray"
    size="compact-sm"
    aria-expanded={opened}
    aria-controls={controls}
    onClick={onClick}
    rightSection={<IconChevronDown size={15} aria-hidden className={classes.chevron} data-open={opened || undefined} />}
  >
    {children}
  </Button>
);

/** Why it waits, or what went wrong, also while a retry is due. Done with errors is said by the state and the counts. */
const Trouble = ({ task }: { task: Task }) => (
  <>
    {isLive(task) && task.waitingFor !== null && <p className={classes.waiting}>{task.waitingFor}</p>}
    {task.error !== null && task.status !== "cancelled" && task.status !== "done" && (
      <p className={classes.error}>
        {wordsForCode(task.error.code, task.error.message)} <code>{task.error.code}</code>
        {isLive(task) && task.attempts > 0 && (
          <span className={classes.attempt}>
            Try {task.attempts} of {task.maxAttempts}
          </span>
        )}
      </p>
    )}
  </>
);
