import type { QueuedTask } from "@chapterhouse/domain";
import { Link } from "react-router";
import { useOngoing } from "../api/queues.ts";
import { isLive } from "../api/tasks.ts";
import { ProgressLine } from "../parts/progress-line.tsx";
import { useNow } from "../parts/use-now.ts";
import { jobProgress } from "../words/job-words.ts";
import { kindWords, STATUS_WORDS, taskSubject } from "../words/task-words.ts";
import classes from "./arrivals.module.css";

/** Books on their way: the live tasks that somebody asked for, with how far they are. */
export const Arrivals = () => {
  const arriving = (useOngoing().data?.items ?? []).filter((task) => task.kind.startsWith("scrape.") && isLive(task));
  if (arriving.length === 0) return null;
  return (
    <section aria-label="On their way" className={classes.arrivals}>
      <h2 className={classes.heading}>On their way</h2>
      <ul className={classes.list}>
        {arriving.map((task) => (
          <li key={task.id}>
            <Arrival task={task} />
          </li>
        ))}
      </ul>
    </section>
  );
};

const Arrival = ({ task }: { task: QueuedTask }) => {
  const { fraction, counts, left } = jobProgress(task, useNow());
  const label = counts ?? task.waitingFor ?? STATUS_WORDS[task.status];
  return (
    <Link to={`/tasks/${task.id}`} className={classes.arrival}>
      <span className={classes.subject}>{taskSubject(task)}</span>
      <span className={`${classes.label} numbers`}>
        {kindWords(task.kind)} · {label}
        {left !== null && ` · ${left}`}
      </span>
      <ProgressLine fraction={fraction} label={`${taskSubject(task)}: ${label}`} />
    </Link>
  );
};
