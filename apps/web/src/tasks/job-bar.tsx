import type { QueuedTask } from "@chapterhouse/domain";
import { isLive } from "../api/tasks.ts";
import { ProgressLine } from "../parts/progress-line.tsx";
import { useNow } from "../parts/use-now.ts";
import { jobProgress, percentWords, shownState } from "../words/job-words.ts";
import classes from "./job-bar.module.css";

/** How far a job is: a bar, what is done and what failed, how fast it goes and when it will be over. */
export const JobBar = ({ job }: { job: QueuedTask }) => {
  const now = useNow();
  const { fraction, counts, failed, rate, left } = jobProgress(job, now);
  if (counts === null || (!isLive(job) && job.children.total === 0)) return null;
  return (
    <div className={classes.bar}>
      <ProgressLine
        fraction={fraction}
        label={[counts, failed, left].filter((words) => words !== null).join(", ")}
        tone={toneOf(job)}
      />
      <p className={`${classes.figures} numbers`}>
        {fraction !== null && <strong>{percentWords(fraction)}</strong>}
        <span>{counts}</span>
        {failed !== null && <span className={classes.failed}>{failed}</span>}
        {rate !== null && <span>{rate}</span>}
        {left !== null && <span className={classes.left}>{left}</span>}
      </p>
    </div>
  );
};

const toneOf = (job: QueuedTask): "busy" | "ok" | "warn" | "bad" => {
  const state = shownState(job);
  if (state === "failed") return "bad";
  if (state === "done_with_errors") return "warn";
  return state === "done" ? "ok" : "busy";
};
