import { Button, Loader } from "@mantine/core";
import type { Task } from "@chapterhouse/domain";
import { useTaskPages } from "../api/tasks.ts";
import { Problem } from "../parts/problem.tsx";
import { wordsForCode } from "../words/error-words.ts";
import { taskProgress, taskSubject } from "../words/task-words.ts";
import { TaskState } from "./task-state.tsx";
import classes from "./task-children.module.css";

/** The parts of a task, page by page. */
export const TaskChildren = ({ parent }: { parent: Task }) => {
  const children = useTaskPages({ parent: parent.id, limit: 50 });
  const shown = children.data?.pages.flatMap((page) => page.items) ?? [];
  if (children.isPending) return <Loader size="sm" aria-label="Loading its parts" />;
  if (children.isError && shown.length === 0) {
    return <Problem error={children.error} retry={() => void children.refetch()} />;
  }
  return (
    <>
      <ul className={classes.list} aria-label="Its parts">
        {shown.map((task) => (
          <li key={task.id} className={classes.row}>
            <span className={classes.subject}>{taskSubject(task)}</span>
            <span className={`${classes.detail} numbers`} data-bad={task.error !== null || undefined}>
              {detailOf(task)}
            </span>
            <TaskState status={task.status} />
          </li>
        ))}
      </ul>
      {children.hasNextPage && (
        <Button
          mt="xs"
          variant="default"
          size="xs"
          loading={children.isFetchingNextPage}
          onClick={() => void children.fetchNextPage()}
        >
          More of its parts
        </Button>
      )}
    </>
  );
};

const detailOf = (task: Task): string => {
  if (task.error !== null) return wordsForCode(task.error.code, task.error.message);
  if (task.waitingFor !== null) return task.waitingFor;
  return task.status === "running" ? (taskProgress(task)?.label ?? "") : "";
};
