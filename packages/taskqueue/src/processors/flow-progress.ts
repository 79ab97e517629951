/** What a step at work is worth, of the whole; all that are at work together. */
export const STEP_AT_WORK = 0.05;

export interface StepCounts {
  readonly total: number;
  readonly done: number;
  readonly atWork: number;
}

/** How far a flow is, from 0 to 1: each step counts the same. Of four: 0, 5, 25, 30, 50, 55, 75, 80, 100 %. */
export const flowProgress = ({ total, done, atWork }: StepCounts): number => {
  if (done >= total) return 1;
  return Math.round((done / total + (atWork > 0 ? STEP_AT_WORK : 0)) * 1e6) / 1e6;
};
