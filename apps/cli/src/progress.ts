import { isTerminal } from "@chapterhouse/domain";
import type { SingleBar } from "cli-progress";
import { MultiBar } from "cli-progress";
import type { WatchedTask } from "./describe-task.ts";
import { fractionOf, leftText, measureText, subjectOf, taskLine } from "./describe-task.ts";
import type { TextSink } from "./terminal.ts";

/** Shows tasks while they are waited for. `show` takes all of them, each time. */
export interface ProgressView {
  show(tasks: readonly WatchedTask[]): void;
  close(): void;
}

/** A screen has room for this many bars beside the one of the whole. */
const MOST_BARS = 6;
const LABEL_LENGTH = 60;
/** Of a whole bar. */
const STEPS = 1000;

const isStream = (sink: TextSink): sink is NodeJS.WriteStream => sink.isTTY === true && "cursorTo" in sink;

/** One bar for a single task; for several, one of the whole and one for each that is under way. */
const openBars = (stream: NodeJS.WriteStream): ProgressView => {
  const format = "{bar} {percentage} % {measure} {left} {label}";
  const looks = { format, barsize: 28, barCompleteChar: "█", barIncompleteChar: "░", hideCursor: true };
  const multi = new MultiBar({ ...looks, stream, linewrap: false, gracefulExit: false });
  const bars = new Map<string, SingleBar>();

  const draw = (id: string, fraction: number, measure: string, left: string, label: string) => {
    const payload = { measure, left: left && `(${left})`, label: label.slice(0, LABEL_LENGTH) };
    const bar = bars.get(id) ?? multi.create(STEPS, 0, payload);
    bars.set(id, bar);
    bar.update(Math.floor(STEPS * fraction), payload);
  };

  return {
    show: (tasks) => {
      const ended = tasks.filter((task) => isTerminal(task.status)).length;
      if (tasks.length > 1) draw("all", ended / tasks.length, `${ended}/${tasks.length} tasks`, "", "");
      const underWay = tasks.length === 1 ? tasks : tasks.filter((task) => task.status === "running");
      const shown = underWay.slice(0, MOST_BARS);
      for (const task of shown) {
        const label = `${subjectOf(task)} ${task.waitingFor ?? ""}`;
        draw(task.id, fractionOf(task) ?? 0, measureText(task), leftText(task, Date.now()), label);
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
        const fraction = fractionOf(task);
        const mark = `${task.status} ${task.waitingFor} ${fraction === null ? "" : Math.floor(10 * fraction)}`;
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
