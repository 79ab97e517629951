import type { ErrorCode, Task } from "@chapterhouse/domain";
import { ERRORS } from "@chapterhouse/domain";

/** How a command ends, for scripts. `interrupted` is the shell's own convention for Ctrl-C. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

/** What the caller can do about it decides: try again later (3), ask differently (2), or look into it (1). */
export const exitCodeOf = (code: ErrorCode): number => {
  if (code === "SERVER_UNREACHABLE" || code === "STORE_UNREACHABLE") return EXIT.unreachable;
  const { status } = ERRORS[code];
  return code === "CONFIG_INVALID" || (status >= 400 && status < 500) ? EXIT.usage : EXIT.failed;
};

/** 0 only when every task ended as done, and none of them with parts that failed. */
export const exitCodeOfTasks = (tasks: readonly Task[]): number =>
  tasks.every(({ status, error }) => status === "done" && error === null) ? EXIT.ok : EXIT.failed;
