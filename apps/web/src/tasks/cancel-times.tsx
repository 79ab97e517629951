import type { Task } from "@chapterhouse/domain";
import { useNow } from "../parts/use-now.ts";
import { cancelWords } from "../words/job-words.ts";
import classes from "./job-card.module.css";

/** When a task was asked to stop, and when it had. Counts tenths of a second while that is awaited. */
export const CancelTimes = ({ task }: { task: Task }) => {
  if (task.cancelRequestedAt === null) return null;
  return task.status === "cancelling" ? <Awaiting task={task} /> : <Words task={task} now={0} />;
};

const Awaiting = ({ task }: { task: Task }) => <Words task={task} now={useNow(200)} />;

const Words = ({ task, now }: { task: Task; now: number }) => {
  const words = cancelWords(task, now);
  return words === null ? null : <p className={`${classes.cancel} numbers`}>{words}</p>;
};
