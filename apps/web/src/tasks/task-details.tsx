import { Loader } from "@mantine/core";
import type { Task } from "@chapterhouse/domain";
import { useTaskLog } from "../api/operator.ts";
import { Problem } from "../parts/problem.tsx";
import { TaskFacts } from "./task-facts.tsx";
import { TaskLog } from "./task-log.tsx";
import classes from "./task-details.module.css";

/** Why it waits, what it is, and what was said of it, attempt by attempt. */
export const TaskDetails = ({ task }: { task: Task }) => (
  <div className={classes.details}>
    <TaskFacts task={task} />
    <Log task={task} />
  </div>
);

const Log = ({ task }: { task: Task }) => {
  const log = useTaskLog(task.id, true);
  if (log.isPending) return <Loader size="sm" aria-label="Loading its log" />;
  if (log.isError) return <Problem error={log.error} retry={() => void log.refetch()} />;
  return <TaskLog lines={log.data.items} />;
};
