import type { ProgressReport, TaskError } from "@chapterhouse/domain";
import type { ClaimRequest } from "../ports.ts";
import type { TaskRow } from "../task-row.ts";

/** A claimed task as pb_hooks/taskqueue/claim.js sends it (`CLAIMED`): fields by their place, a third of the size. */
type ClaimedTask = readonly [
  place: number,
  id: string,
  key: string,
  priority: number,
  runAt: number,
  revision: number,
  group: string,
  turn: number,
  rank: number,
  attempts: number,
  maxAttempts: number,
  crashes: number,
  lease: number,
  parent: string,
  childTotal: number,
  childDone: number,
  childFailed: number,
  childCancelled: number,
  failedBefore: number,
  cancelledBefore: number,
  onChildFailure: TaskRow["onChildFailure"],
  thenRun: number,
  continuation: number,
  withChildren: number,
  createdBy: string,
  createdAt: number,
  payload: TaskRow["payload"],
  progress: ProgressReport | null,
  checkpoint: unknown,
  result: Record<string, unknown> | null,
  error: TaskError | null,
];

/** Tasks of one lane, kind and set of flags. */
interface ClaimedGroup {
  readonly lane: string;
  readonly kind: string;
  readonly flags: readonly string[];
  readonly tasks: readonly ClaimedTask[];
}

export interface ClaimedAnswer {
  readonly at: number;
  readonly groups: readonly ClaimedGroup[];
  readonly nextAt: number | null;
}

type PlacedRow = TaskRow & { readonly place: number };

const inTurn = (a: PlacedRow, b: PlacedRow): number => a.rank - b.rank || a.runAt - b.runAt || a.place - b.place;

/** In the order in which the queue gives them out. */
export const claimedRows = ({ at, groups }: ClaimedAnswer, request: ClaimRequest): TaskRow[] => {
  const rows = groups.flatMap((group) => groupRows(group, at, request));
  return rows.sort(inTurn);
};

const groupRows = ({ lane, kind, flags, tasks }: ClaimedGroup, at: number, request: ClaimRequest): PlacedRow[] => {
  const limitMs = request.timeLimitsMs?.[kind] ?? 0;
  const deadline = limitMs > 0 ? at + limitMs : 0;
  const until = at + request.leaseMs;
  const leaseUntil = deadline > 0 ? Math.min(until, deadline) : until;
  const common = {
    lane,
    kind,
    flags,
    status: "running",
    behind: 0,
    deadline,
    leaseUntil,
    runner: request.runner,
  } as const;
  return tasks.map(
    ([
      place,
      id,
      key,
      priority,
      runAt,
      revision,
      group,
      turn,
      rank,
      attempts,
      maxAttempts,
      crashes,
      lease,
      parent,
      childTotal,
      childDone,
      childFailed,
      childCancelled,
      failedBefore,
      cancelledBefore,
      onChildFailure,
      thenRun,
      continuation,
      withChildren,
      createdBy,
      createdAt,
      payload,
      progress,
      checkpoint,
      result,
      error,
    ]) => ({
      ...common,
      place,
      id,
      key,
      priority,
      runAt,
      revision,
      group,
      turn,
      rank,
      attempts,
      maxAttempts,
      crashes,
      lease,
      parent,
      childTotal,
      childDone,
      childFailed,
      childCancelled,
      failedBefore,
      cancelledBefore,
      onChildFailure,
      thenRun,
      continuation,
      withChildren,
      createdBy,
      createdAt,
      payload,
      progress,
      checkpoint,
      result,
      error,
      waitingFor: "",
      updatedAt: at,
      startedAt: at,
      finishedAt: 0,
      cancelRequestedAt: 0,
    }),
  );
};
