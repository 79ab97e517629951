import type { Retention } from "@chapterhouse/taskqueue";

const DAY_MS = 86_400_000;

/** As the environment has it; 0 means no limit. */
export interface RetentionConfig {
  readonly RETENTION_DONE_DAYS: number;
  readonly RETENTION_FAILED_DAYS: number;
  readonly RETENTION_CANCELLED_DAYS: number;
  readonly RETENTION_MOST_TASKS: number;
}

export const retentionPolicy = (config: RetentionConfig): Retention => {
  const limits = (days: number) => ({
    ...(days > 0 && { maxAgeMs: days * DAY_MS }),
    ...(config.RETENTION_MOST_TASKS > 0 && { maxCount: config.RETENTION_MOST_TASKS }),
  });
  return {
    done: limits(config.RETENTION_DONE_DAYS),
    failed: limits(config.RETENTION_FAILED_DAYS),
    cancelled: limits(config.RETENTION_CANCELLED_DAYS),
  };
};
