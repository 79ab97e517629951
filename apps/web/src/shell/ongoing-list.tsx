import type { QueuedTask } from "@chapterhouse/domain";
import { Link } from "react-router";
import { ProgressLine } from "../parts/progress-line.tsx";
import { useNow } from "../parts/use-now.ts";
import { jobProgress, percentWords } from "../words/job-words.ts";
import { kindWords, STATUS_WORDS, taskSubject } from "../words/task-words.ts";
import classes from "./ongoing-list.module.css";

/** As many as are looked at together; the tasks' page has all. */
const MOST = 8;

/** The jobs that are being done or wait, each with how far it is. It lies over the page. */
export const OngoingList = (props: { id: string; jobs: readonly QueuedTask[]; onFollow: () => void }) => {
  const { id, jobs, onFollow } = props;
  const now = useNow();
  return (
    <div id={id} className={classes.panel}>
      <ul className={classes.list} aria-label="Being done">
        {jobs.slice(0, MOST).map((job) => (
          <li key={job.id}>
            <OngoingJob job={job} now={now} onFollow={onFollow} />
          </li>
        ))}
      </ul>
      <Link to="/tasks?status=live" className={classes.all} onClick={onFollow}>
        {jobs.length > MOST ? `${jobs.length - MOST} more on the page of tasks` : "All tasks"}
      </Link>
    </div>
  );
};

const OngoingJob = ({ job, now, onFollow }: { job: QueuedTask; now: number; onFollow: () => void }) => {
  const { fraction, counts, failed, left } = jobProgress(job, now);
  const percent = fraction === null || counts === null ? null : percentWords(fraction);
  const words = [percent, counts ?? STATUS_WORDS[job.status], failed, left].filter((each) => each !== null);
  return (
    <Link to={`/tasks/${job.id}`} className={classes.job} onClick={onFollow}>
      <span className={classes.subject}>
        {kindWords(job.kind)}: {taskSubject(job)}
      </span>
      <span className={`${classes.words} numbers`}>{words.join(" · ")}</span>
      <ProgressLine fraction={fraction} label={`${taskSubject(job)}: ${words.join(", ")}`} />
    </Link>
  );
};
