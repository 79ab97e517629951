import type { Task } from "@chapterhouse/domain";
import { isTerminal } from "@chapterhouse/domain";
import type { SingleBar } from "cli-progress";
import { MultiBar } from "cli-progress";
import { measureOf, subjectOf, taskLine } from "./describe-task.ts";
import type { TextSink } from "./terminal.ts";

/** Shows tasks while they are waited for. `show` takes all of them, each time. */
export interface ProgressView {
  show(tasks: readonly Task[]): void;
  close(): void;
}

/** A screen has room for this many bars beside the one of the whole. */
const MOST_BARS = 6;
const LABEL_LENGTH = 60;

const isStream = (sink: TextSink): sink is NodeJS.WriteStream => sink.isTTY === true && "cursorTo" in sink;

/** One bar for a single task; for several, one of the whole and one for each that is under way. */
const openBars = (stream: NodeJS.WriteStream): ProgressView => {
  const format = "{bar} {value}/{most} {unit} {label}";
  const looks = { format, barsize: 28, barCompleteChar: "█", barIncompleteChar: "░", hideCursor: true };
  const multi = new MultiBar({ ...looks, stream, linewrap: false, gracefulExit: false });
  const bars = new Map<string, SingleBar>();

  const draw = (id: string, done: number, total: number | null, unit: string, label: string) => {
    const payload = { most: total ?? "?", unit, label: label.slice(0, LABEL_LENGTH) };
    const bar = bars.get(id) ?? multi.create(total ?? 1, 0, payload);
    bars.set(id, bar);
    bar.setTotal(Math.max(1, total ?? done + 1));
    bar.update(done, payload);
  };

  return {
    show: (tasks) => {
      if (tasks.length > 1)
        draw("all", tasks.filter((task) => isTerminal(task.status)).length, tasks.length, "tasks", "");
      const underWay = tasks.length === 1 ? tasks : tasks.filter((task) => task.status === "running");
      const shown = underWay.slice(0, MOST_BARS);
      for (const task of shown) {
        const { done, total, unit } = measureOf(task);
        draw(task.id, done, total, unit, `${subjectOf(task)} ${task.waitingFor ?? ""}`);
      }
      for (const [id, bar] of bars) {
        if (id === "all" || shown.some((task) => task.id === id)) continue;
        multi.remove(bar);
        bars.delete(id);
      }
    },
    close: () => multi.stop(),
  };
};

/** A line whenever a task's status, reason to wait or tenth of the way changes. */
const openLines = (sink: TextSink): ProgressView => {
  const last = new Map<string, string>();
  return {
    show: (tasks) => {
      for (const task of tasks) {
        const { done, total } = measureOf(task);
        const mark = `${task.status} ${task.waitingFor} ${total === null ? "" : Math.floor((10 * done) / Math.max(1, total))}`;
        if (last.get(task.id) === mark) continue;
        last.set(task.id, mark);
        sink.write(`${taskLine(task)}\n`);
      }
    },
    close: () => {},
  };
};

/** Bars where the sink is a terminal, lines where it is a file or a pipe. */
export const openProgress = (sink: TextSink): ProgressView => (isStream(sink) ? openBars(sink) : openLines(sink));
