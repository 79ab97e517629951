import type { Task } from "@chapterhouse/domain";
import { Button, Text } from "@mantine/core";
import { useCancelTask } from "../api/tasks.ts";
import { ProgressLine } from "../parts/progress-line.tsx";
import { count } from "../words/count.ts";
import { STATUS_WORDS, taskProgress } from "../words/task-words.ts";
import classes from "./book-activity.module.css";

/** What is being done for this book right now. */
export const BookActivity = ({ tasks }: { tasks: readonly Task[] }) => {
  const scrapes = tasks.filter((task) => task.kind.startsWith("scrape."));
  const narrations = tasks.filter((task) => task.kind === "narrate.chapter");
  if (tasks.length === 0) return null;
  return (
    <section aria-label="Being done for this book" className={classes.activity}>
      {scrapes.map((task) => (
        <ScrapeActivity key={task.id} task={task} />
      ))}
      {narrations.length > 0 && <NarrationActivity tasks={narrations} />}
    </section>
  );
};

const ScrapeActivity = ({ task }: { task: Task }) => {
  const cancel = useCancelTask();
  const progress = taskProgress(task);
  const label = progress?.label ?? STATUS_WORDS[task.status];
  return (
    <div className={classes.row}>
      <div className={classes.words}>
        <strong>Fetching</strong> <span className="numbers">{label}</span>
        {task.waitingFor !== null && (
          <Text size="sm" c="var(--warn)">
            {task.waitingFor}
          </Text>
        )}
      </div>
      <Button
        variant="default"
        size="xs"
        loading={cancel.isPending}
        disabled={task.status === "cancelling"}
        onClick={() => cancel.mutate(task.id)}
      >
        {task.status === "cancelling" ? "Stopping" : "Stop"}
      </Button>
      <ProgressLine fraction={progress?.fraction ?? null} label={`Fetching: ${label}`} />
    </div>
  );
};

const NarrationActivity = ({ tasks }: { tasks: readonly Task[] }) => {
  const running = tasks.find((task) => task.status === "running");
  const progress = running === undefined ? null : taskProgress(running);
  const chapter = running?.payload["chapter"];
  const label =
    running === undefined
      ? `${count(tasks.length, "chapter")} waiting`
      : `chapter ${String(chapter)}, ${progress?.label ?? "beginning"}`;
  return (
    <div className={classes.row}>
      <div className={classes.words}>
        <strong>Narrating</strong> <span className="numbers">{label}</span>
      </div>
      {tasks.length > 1 && (
        <Text size="sm" c="dimmed" className="numbers">
          {tasks.length - 1}
          {tasks.length >= 99 ? " or more" : ""} to come
        </Text>
      )}
      <ProgressLine fraction={progress?.fraction ?? null} label={`Narrating: ${label}`} />
    </div>
  );
};
