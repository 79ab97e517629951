import type { Progress } from "@chapterhouse/domain";
import type { NewLogLine, Report } from "../ports.ts";

const MOST_LINES = 500;
const MOST_BYTES = 64 * 1024;
const MOST_MESSAGE = 2000;
/** Braces, names and the time of a line in JSON, about. */
const AROUND_A_LINE = 60;

/**
 * What a handler said since the queue last heard of it. One report is under way at a time; what it carried counts as
 * unheard until it is accepted, so a settlement meanwhile says it again: a line may stand in the log twice, never not.
 */
export class ReportBuffer {
  #fresh: Report = {};
  #underWay: Report | null = null;

  progress(progress: Progress): void {
    this.#fresh = { ...this.#fresh, progress };
  }

  checkpoint(checkpoint: unknown): void {
    this.#fresh = { ...this.#fresh, checkpoint };
  }

  line(line: NewLogLine): void {
    const log = (this.#fresh.log as NewLogLine[] | undefined) ?? [];
    if (log.length >= 2 * MOST_LINES) log.splice(0, MOST_LINES);
    log.push({ ...line, message: line.message.slice(0, MOST_MESSAGE) });
    if (!this.#fresh.log) this.#fresh = { ...this.#fresh, log };
  }

  /** Whether a beat would have something new to say. */
  get isWaiting(): boolean {
    return this.#underWay === null && Object.keys(this.#fresh).length > 0;
  }

  /** For the next beat; null when there is nothing new, or the last one is not answered yet. */
  take(): Report | null {
    if (!this.isWaiting) return null;
    this.#underWay = bounded(this.#fresh);
    this.#fresh = {};
    return this.#underWay;
  }

  accepted(): void {
    this.#underWay = null;
  }

  /** All that is not known to be stored. */
  rest(): Report {
    const log = [...(this.#underWay?.log ?? []), ...(this.#fresh.log ?? [])];
    return bounded({ ...this.#underWay, ...this.#fresh, ...(log.length > 0 && { log }) });
  }
}

/** The newest lines that fit. */
const bounded = (report: Report): Report => {
  const { log } = report;
  if (!log) return report;
  let first = Math.max(0, log.length - MOST_LINES);
  let bytes = 0;
  for (let index = log.length - 1; index >= first; index--) {
    bytes += Buffer.byteLength(log[index]?.message ?? "") + AROUND_A_LINE;
    if (bytes > MOST_BYTES) first = index + 1;
  }
  return { ...report, log: log.slice(first) };
};
