import type { Task } from "@chapterhouse/domain";
import { useWhy } from "../api/operator.ts";
import { isLive } from "../api/tasks.ts";
import classes from "./task-details.module.css";

/** Why a task waits, and what it is. */
export const TaskFacts = ({ task }: { task: Task }) => {
  const why = useWhy(task.id, isLive(task));
  return (
    <>
      {why.data !== undefined && isLive(task) && <p className={classes.why}>{why.data.sentence}</p>}
      <dl className={classes.facts}>
        {factsOf(task).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="numbers">{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
};

const POLICY_WORDS: Readonly<Record<Task["onChildFailure"], string>> = {
  fail: "it fails",
  finish_with_errors: "it is done with errors",
  ignore: "it is done all the same",
};

const factsOf = (task: Task): readonly (readonly [string, string])[] => [
  ["Lane", task.lane],
  ["Tries", `${task.attempts} of ${task.maxAttempts}`],
  ...(task.crashes > 0 ? [["Runners lost", String(task.crashes)] as const] : []),
  ...(task.priority === 0 ? [] : [["Priority", String(task.priority)] as const]),
  ...(task.flags.length === 0 ? [] : [["Flags", task.flags.join(", ")] as const]),
  ...(task.runner === null ? [] : [["Runner", task.runner] as const]),
  ...(task.children.total === 0 ? [] : [["If a part fails", POLICY_WORDS[task.onChildFailure]] as const]),
  ...(task.createdBy === null ? [] : [["Asked for by", task.createdBy] as const]),
  ["Id", task.id],
];
