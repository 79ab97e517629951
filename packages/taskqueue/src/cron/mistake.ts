import { ChapterhouseError } from "@chapterhouse/domain";

/** What is wrong in a piece of a crontab, and where in that piece; whoever read the piece adds the place around it. */
export class Mistake extends Error {
  /** 0-based, in characters. */
  readonly offset: number;

  constructor(message: string, offset = 0) {
    super(message);
    this.offset = offset;
  }
}

/** Lines and columns from 1; the line is 1 where there is one alone. */
export interface CronProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** `CRON_INVALID` for all problems of a text; its message tells the first, its details all. */
export const cronInvalid = (problems: readonly CronProblem[]): ChapterhouseError => {
  const [first] = problems;
  const place = first ? `line ${first.line}, column ${first.column}: ${first.message}` : "";
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return new ChapterhouseError("CRON_INVALID", `Crontab, ${place}${more}`, { details: { problems } });
};

/** Runs `read` over a piece that starts `offset` characters further right. */
export const shifted = <T>(offset: number, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (error instanceof Mistake) throw new Mistake(error.message, error.offset + offset);
    throw error;
  }
};
