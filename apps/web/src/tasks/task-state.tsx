import { IconAlertTriangle, IconBan, IconCheck, IconChecks, IconClock, IconHourglass } from "@tabler/icons-react";
import { IconLoader2, IconPlayerPause, type Icon } from "@tabler/icons-react";
import { type ShownState, stateWords } from "../words/job-words.ts";
import classes from "./task-state.module.css";

const ICONS: Readonly<Record<ShownState, Icon>> = {
  pending: IconClock,
  running: IconLoader2,
  waiting: IconHourglass,
  finishing: IconLoader2,
  cancelling: IconBan,
  paused: IconPlayerPause,
  done: IconCheck,
  done_with_errors: IconChecks,
  failed: IconAlertTriangle,
  cancelled: IconBan,
};

export const TaskState = ({ state }: { state: ShownState }) => {
  const StateIcon = ICONS[state];
  return (
    <span className={classes.state} data-state={state}>
      <StateIcon size={16} aria-hidden />
      {stateWords(state)}
    </span>
  );
};
