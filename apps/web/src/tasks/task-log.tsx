import type { LogLine } from "@chapterhouse/domain";
import classes from "./task-details.module.css";

/** What was said of a task, attempt by attempt, newest first. */
export const TaskLog = ({ lines }: { lines: readonly LogLine[] }) => {
  if (lines.length === 0) return <p className={classes.none}>Nothing was logged.</p>;
  return (
    // It scrolls, so the keyboard must reach it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ol className={classes.log} aria-label="Its log, newest first" tabIndex={0}>
      {lines.map((line, index) => (
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
