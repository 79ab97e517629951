import { Loader } from "@mantine/core";
import type { LogLine, Task } from "@chapterhouse/domain";
import { useTaskLog, useWhy } from "../api/operator.ts";
import { isLive } from "../api/tasks.ts";
import { Problem } from "../parts/problem.tsx";
import classes from "./task-details.module.css";

/** Why it waits, what it is, and what was said of it, attempt by attempt. */
export const TaskDetails = ({ task }: { task: Task }) => {
  const why = useWhy(task.id, isLive(task));
  return (
    <div className={classes.details}>
      {why.data !== undefined && isLive(task) && <p className={classes.why}>{why.data.sentence}</p>}
      <dl className={classes.facts}>
        {factsOf(task).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="numbers">{value}</dd>
          </div>
        ))}
      </dl>
      <Log task={task} />
    </div>
  );
};

const factsOf = (task: Task): readonly (readonly [string, string])[] => [
  ["Lane", task.lane],
  ["Tries", `${task.attempts} of ${task.maxAttempts}`],
  ...(task.crashes > 0 ? [["Runners lost", String(task.crashes)] as const] : []),
  ...(task.priority === 0 ? [] : [["Priority", String(task.priority)] as const]),
  ...(task.flags.length === 0 ? [] : [["Flags", task.flags.join(", ")] as const]),
  ...(task.runner === null ? [] : [["Runner", task.runner] as const]),
  ["Id", task.id],
];

const Log = ({ task }: { task: Task }) => {
  const log = useTaskLog(task.id, true);
  if (log.isPending) return <Loader size="sm" aria-label="Loading its log" />;
  if (log.isError) return <Problem error={log.error} retry={() => void log.refetch()} />;
  if (log.data.items.length === 0) return <p className={classes.none}>Nothing was logged.</p>;
  return (
    <ol className={classes.log} aria-label="Its log, newest first">
      {log.data.items.map((line, index) => (
        // Lines of one moment may be alike; the list is read anew as a whole.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={`${line.at}-${index}`} data-level={line.level}>
          <time dateTime={line.at} className="numbers">
            {timeOf(line)}
          </time>
          <span>
            {line.message} {line.code !== null && <code>{line.code}</code>}
            {line.stack !== null && (
              <details>
                <summary>Where it happened</summary>
                <pre>{line.stack}</pre>
              </details>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
};

const timeOf = ({ at, attempt }: LogLine): string => `${new Date(at).toLocaleString()}, try ${attempt}`;
