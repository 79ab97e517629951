import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import type { Task } from "@chapterhouse/domain";
import { IconChevronDown } from "@tabler/icons-react";
import { useId } from "react";
import { mayWork, useMe } from "../api/session.ts";
import { isLive, useCancelTask } from "../api/tasks.ts";
import { KindIcon } from "../parts/kind-icon.tsx";
import { ProgressLine } from "../parts/progress-line.tsx";
import { useNow } from "../parts/use-now.ts";
import { wordsForCode, wordsForError } from "../words/error-words.ts";
import { kindWords, taskProgress, taskSubject } from "../words/task-words.ts";
import { taskTimes } from "../words/task-times.ts";
import { TaskChildren } from "./task-children.tsx";
import { OperatorMenu } from "./operator-menu.tsx";
import { TaskDetails } from "./task-details.tsx";
import { TaskState } from "./task-state.tsx";
import { useAskAgain } from "./use-ask-again.ts";
import classes from "./task-card.module.css";

export const TaskCard = ({ task, open = false }: { task: Task; open?: boolean }) => {
  const [expanded, { toggle }] = useDisclosure(open);
  const [detailed, details] = useDisclosure(false);
  const children = useId();
  const detailsId = useId();
  const now = useNow();
  const progress = taskProgress(task);
  return (
    <article className={classes.card} aria-label={`${kindWords(task.kind)}: ${taskSubject(task)}`}>
      <KindIcon kind={task.kind} size={22} className={classes.icon} />
      <div className={classes.words}>
        <h2 className={classes.subject}>{taskSubject(task)}</h2>
        <p className={classes.times}>
          {kindWords(task.kind)} · {taskTimes(task, now)}
        </p>
      </div>
      <TaskState status={task.status} />
      {(isLive(task) || task.children.total > 0) && progress !== null && (
        <div className={classes.progress}>
          <ProgressLine fraction={progress.fraction} label={progress.label} tone={toneOf(task)} />
          <span className="numbers">{progress.label}</span>
        </div>
      )}
      <Trouble task={task} />
      <div className={classes.actions}>
        {task.children.total > 0 && (
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            aria-expanded={expanded}
            aria-controls={children}
            onClick={toggle}
            rightSection={
              <IconChevronDown size={15} aria-hidden className={classes.chevron} data-open={expanded || undefined} />
            }
          >
            {expanded ? "Hide its parts" : "Show its parts"}
          </Button>
        )}
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          aria-expanded={detailed}
          aria-controls={detailsId}
          onClick={details.toggle}
        >
          {detailed ? "Hide details" : "Details"}
        </Button>
        <Actions task={task} />
        <OperatorMenu task={task} />
      </div>
      {detailed && (
        <div id={detailsId} className={classes.children}>
          <TaskDetails task={task} />
        </div>
      )}
      {expanded && (
        <div id={children} className={classes.children}>
          <TaskChildren parent={task} />
        </div>
      )}
    </article>
  );
};

const toneOf = ({ status, children }: Task): "busy" | "ok" | "bad" => {
  if (status === "failed" || children.failed > 0) return "bad";
  return status === "done" ? "ok" : "busy";
};

/** Why it waits, or what went wrong; the latter also while a retry is due. */
const Trouble = ({ task }: { task: Task }) => (
  <>
    {isLive(task) && task.waitingFor !== null && <p className={classes.waiting}>{task.waitingFor}</p>}
    {task.error !== null && (
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

const Actions = ({ task }: { task: Task }) => {
  const cancel = useCancelTask();
  const again = useAskAgain(task);
  if (!mayWork(useMe().data)) return null;
  const complain = (error: unknown) => notifications.show({ title: "Not done", message: wordsForError(error) });
  if (isLive(task)) {
    return (
      <Button
        variant="default"
        size="compact-sm"
        disabled={task.status === "cancelling"}
        loading={cancel.isPending}
        onClick={() => cancel.mutate(task.id, { onError: complain })}
      >
        Cancel
      </Button>
    );
  }
  if (task.status === "done" || again === null) return null;
  return (
    <Button variant="default" size="compact-sm" loading={again.pending} onClick={() => again.ask(complain)}>
      Try again
    </Button>
  );
};
