import type { TaskStatus } from "@chapterhouse/domain";
import { IconAlertTriangle, IconBan, IconCheck, IconClock, IconHourglass } from "@tabler/icons-react";
import { IconLoader2, IconPlayerPause, type Icon } from "@tabler/icons-react";
import { STATUS_WORDS } from "../words/task-words.ts";
import classes from "./task-state.module.css";

const ICONS: Readonly<Record<TaskStatus, Icon>> = {
  pending: IconClock,
  running: IconLoader2,
  waiting: IconHourglass,
  cancelling: IconBan,
  paused: IconPlayerPause,
  done: IconCheck,
  failed: IconAlertTriangle,
  cancelled: IconBan,
};

export const TaskState = ({ status }: { status: TaskStatus }) => {
  const StateIcon = ICONS[status];
  return (
    <span className={classes.state} data-status={status}>
      <StateIcon size={16} aria-hidden />
      {STATUS_WORDS[status]}
    </span>
  );
};
