import { Drawer, Group, Loader } from "@mantine/core";
import type { LogLine, Task } from "@chapterhouse/domain";
import { Link } from "react-router";
import { useItem } from "../api/queues.ts";
import { Problem } from "../parts/problem.tsx";
import { useNow } from "../parts/use-now.ts";
import { wordsForCode } from "../words/error-words.ts";
import { shownState } from "../words/job-words.ts";
import { kindWords, partsCount, taskSubject } from "../words/task-words.ts";
import { taskTimes } from "../words/task-times.ts";
import { CancelTimes } from "./cancel-times.tsx";
import { JobActions } from "./job-actions.tsx";
import { TaskFacts } from "./task-facts.tsx";
import { TaskLog } from "./task-log.tsx";
import { TaskState } from "./task-state.tsx";
import classes from "./item-drawer.module.css";

/** One part of a job, beside the list it stands in: what became of it, why, and its log. */
export const ItemDrawer = ({ parent, id, onClose }: { parent: string; id: string; onClose: () => void }) => {
  const item = useItem(parent, id);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={item.data === undefined ? "A part" : kindWords(item.data.task.kind)}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {item.isPending && <Loader size="sm" aria-label="Loading it" />}
      {item.isError && item.data === undefined && <Problem error={item.error} retry={() => void item.refetch()} />}
      {item.data !== undefined && <Item task={item.data.task} lines={item.data.log.items} />}
    </Drawer>
  );
};

const Item = ({ task, lines }: { task: Task; lines: readonly LogLine[] }) => {
  const now = useNow();
  return (
    <>
      <p className={classes.subject}>{taskSubject(task)}</p>
      <Group justify="space-between" wrap="nowrap">
        <TaskState state={shownState(task)} />
        <Group gap="xs">
          <JobActions job={task} />
        </Group>
      </Group>
      <p className={classes.times}>{taskTimes(task, now)}</p>
      <CancelTimes task={task} />
      {task.error !== null && (
        <p className={classes.error}>
          {wordsForCode(task.error.code, task.error.message)} <code>{task.error.code}</code>
        </p>
      )}
      {task.children.total > 0 && (
        <p>
          <Link to={`/tasks/${task.id}`}>Its {partsCount(task.kind, task.children.total)}</Link>
        </p>
      )}
      <TaskFacts task={task} />
      <h3 className={classes.heading}>Log</h3>
      <TaskLog lines={lines} />
    </>
  );
};
