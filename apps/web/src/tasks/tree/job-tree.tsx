import type { QueuedTask, Task } from "@chapterhouse/domain";
import { useMediaQuery } from "@mantine/hooks";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { itemAt, ITEMS_A_PAGE, useItems } from "../../api/queues.ts";
import { partsCount, taskSubject } from "../../words/task-words.ts";
import { JobTreeRow, ROW_PX } from "./job-tree-row.tsx";
import { countRows, pagesOf, rowAt } from "./tree-rows.ts";
import { treeMove } from "./tree-keys.ts";
import { useOpenParts } from "./use-open-parts.ts";
import classes from "./job-tree.module.css";

/** More rows than are seen, above and below, so that a quick scroll shows words rather than blanks. */
const OVERSCAN = 8;

/**
 * The parts of a job, and theirs, in one scrolled list that holds only the rows in view and reads only their pages,
 * however many there are. One stop of the tab key; the arrow keys go on from there.
 */
export const JobTree = ({ job, onShow }: { job: QueuedTask; onShow: (task: Task, parent: string) => void }) => {
  const scroller = useRef<HTMLDivElement>(null);
  const { tree, toggle, isOpen } = useOpenParts(job);
  const [active, setActive] = useState(0);
  const focusNext = useRef(false);
  const narrow = useMediaQuery("(max-width: 40rem)", false, { getInitialValueInEffect: false });
  const rowPx = narrow ? ROW_PX.narrow : ROW_PX.wide;
  const rows = countRows(tree);
  const at = Math.min(active, rows - 1);
  // No compiler memoizes this page, so that functions that change beneath it do no harm.
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN,
    // The row that holds the focus stays, wherever the list is scrolled to: else the keyboard would lose its place.
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), at])].toSorted((a, b) => a - b),
  });
  const shown = virtual
    .getVirtualItems()
    .map(({ index, start }) => ({ number: index, start, row: rowAt(tree, index) }));
  const items = useItems(
    pagesOf(
      shown.map(({ row }) => row),
      ITEMS_A_PAGE,
    ),
  );

  useEffect(() => virtual.measure(), [virtual, rowPx]);
  useEffect(() => {
    if (!focusNext.current) return;
    focusNext.current = false;
    scroller.current?.querySelector<HTMLElement>(`[data-row="${at}"]`)?.focus({ preventScroll: true });
  }, [at]);

  const press = (event: KeyboardEvent) => {
    const row = rowAt(tree, at);
    const task = items.get(itemAt(row.parent, row.index));
    const inView = Math.floor((scroller.current?.clientHeight ?? rowPx) / rowPx);
    const move = treeMove(event.key, { at, rows, inView, row, parts: partsOf(task, isOpen) });
    if (move === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if ("go" in move) {
      focusNext.current = move.go !== at;
      setActive(move.go);
      virtual.scrollToIndex(move.go);
    } else if (task !== undefined) {
      if (move.do === "toggle") toggle(task, row);
      else onShow(task, row.parent);
    }
  };

  if (rows === 0) return null;
  return (
    // Its rows take the focus, one of them by the tab key.
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus
    <div
      ref={scroller}
      className={classes.scroller}
      role="treegrid"
      aria-label={`${partsCount(job.kind, job.children.total)} of ${taskSubject(job)}`}
      aria-rowcount={rows}
      aria-readonly
      onKeyDown={press}
    >
      <div role="presentation" className={classes.sizer} style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ number, start, row }) => {
          const task = items.get(itemAt(row.parent, row.index));
          return (
            <JobTreeRow
              key={`${row.parent}/${row.index}`}
              number={number}
              start={start}
              parent={row.parent}
              index={row.index}
              siblings={row.siblings}
              level={row.level}
              task={task}
              parts={partsOf(task, isOpen)}
              active={number === at}
              onFocus={setActive}
              onToggle={toggle}
              onShow={onShow}
            />
          );
        })}
      </div>
    </div>
  );
};

const partsOf = (task: Task | undefined, isOpen: (task: Task) => boolean): "open" | "closed" | "none" => {
  if (task === undefined || task.children.total === 0) return "none";
  return isOpen(task) ? "open" : "closed";
};
