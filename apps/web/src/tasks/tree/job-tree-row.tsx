// Rows of a table cannot be placed by hand, as a list of which only the rows in view exist must: hence roles, not tags.
/* oxlint-disable jsx-a11y/prefer-tag-over-role */
import type { Task } from "@chapterhouse/domain";
import { IconChevronRight } from "@tabler/icons-react";
import { type CSSProperties, memo } from "react";
import { figure } from "../../words/count.ts";
import { wordsForCode } from "../../words/error-words.ts";
import { shownState } from "../../words/job-words.ts";
import { partSubject, taskProgress } from "../../words/task-words.ts";
import { TaskState } from "../task-state.tsx";
import type { TreeRow } from "./tree-rows.ts";
import classes from "./job-tree.module.css";

/** Every row is as high as every other, in pixels: what the list's scrolling counts on. */
export const ROW_PX = { wide: 42, narrow: 62 } as const;

export interface JobTreeRowProps {
  /** Its place in the whole list, from 0. */
  readonly number: number;
  /** Pixels from the list's top. */
  readonly start: number;
  readonly parent: string;
  readonly index: number;
  readonly siblings: number;
  readonly level: number;
  /** Undefined while it is on its way. */
  readonly task: Task | undefined;
  readonly parts: "open" | "closed" | "none";
  /** Whether the tab key stops here. */
  readonly active: boolean;
  readonly onFocus: (number: number) => void;
  readonly onToggle: (task: Task, at: Pick<TreeRow, "parent" | "index">) => void;
  readonly onShow: (task: Task, parent: string) => void;
}

/** Rendered anew only when something of it changed: while the list is scrolled, most of its rows stay as they are. */
export const JobTreeRow = memo((props: JobTreeRowProps) => {
  const { number, start, parent, index, siblings, level, task, parts, active, onFocus, onToggle, onShow } = props;
  const style = { transform: `translateY(${start}px)`, "--level": level - 1 } as CSSProperties;
  return (
    // The keys of the whole tree are heard by the tree.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      role="row"
      className={classes.row}
      style={style}
      tabIndex={active ? 0 : -1}
      data-row={number}
      aria-rowindex={number + 1}
      aria-level={level}
      aria-posinset={index + 1}
      aria-setsize={siblings}
      aria-busy={task === undefined}
      {...(parts !== "none" && { "aria-expanded": parts === "open" })}
      onFocus={() => onFocus(number)}
      onClick={() => task !== undefined && onShow(task, parent)}
    >
      <span role="gridcell" className={classes.subject}>
        {task !== undefined && parts !== "none" && (
          <button
            type="button"
            tabIndex={-1}
            className={classes.chevron}
            aria-label={parts === "open" ? "Hide its parts" : "Show its parts"}
            data-open={parts === "open" || undefined}
            onClick={(event) => {
              event.stopPropagation();
              onToggle(task, { parent, index });
            }}
          >
            <IconChevronRight size={16} aria-hidden />
          </button>
        )}
        <span className={`${classes.index} numbers`}>{figure(index + 1)}</span>
        <span className={classes.words}>{task === undefined ? "…" : partSubject(task)}</span>
      </span>
      <span role="gridcell" className={`${classes.detail} numbers`} data-bad={isBad(task) || undefined}>
        {task !== undefined && detailOf(task)}
      </span>
      <span role="gridcell" className={classes.state}>
        {task !== undefined && <TaskState state={shownState(task)} />}
      </span>
    </div>
  );
});
JobTreeRow.displayName = "JobTreeRow";

const isBad = (task: Task | undefined): boolean => task !== undefined && task.error !== null && task.status !== "done";

const detailOf = (task: Task): string => {
  if (task.error !== null) return wordsForCode(task.error.code, task.error.message);
  if (task.waitingFor !== null) return task.waitingFor;
  if (task.children.total > 0) return taskProgress(task)?.label ?? "";
  return task.status === "running" ? (taskProgress(task)?.label ?? "") : "";
};
