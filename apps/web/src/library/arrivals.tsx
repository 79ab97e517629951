import type { Task } from "@chapterhouse/domain";
import { Link } from "react-router";
import { isLive, useTasks } from "../api/tasks.ts";
import { ProgressLine } from "../parts/progress-line.tsx";
import { kindWords, STATUS_WORDS, taskProgress, taskSubject } from "../words/task-words.ts";
import classes from "./arrivals.module.css";

/** Books on their way: the live tasks that somebody asked for, with how far they are. */
export const Arrivals = () => {
  const tasks = useTasks({ status: "live", parent: "none", limit: 20 });
  const arriving = (tasks.data?.items ?? []).filter((task) => task.kind.startsWith("scrape.") && isLive(task));
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

const Arrival = ({ task }: { task: Task }) => {
  const progress = taskProgress(task);
  const label = progress?.label ?? task.waitingFor ?? STATUS_WORDS[task.status];
  return (
    <Link to={`/tasks?open=${task.id}`} className={classes.arrival}>
      <span className={classes.subject}>{taskSubject(task)}</span>
      <span className={`${classes.label} numbers`}>
        {kindWords(task.kind)} · {label}
      </span>
      <ProgressLine fraction={progress?.fraction ?? null} label={`${taskSubject(task)}: ${label}`} />
    </Link>
  );
};
