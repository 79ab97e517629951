import type { ProgressReport, TaskStatus } from "@chapterhouse/domain";
import type { Connection } from "@chapterhouse/pocketbase";
import type { ChangeFeed, ChangesAnswer, TaskChange } from "../ports.ts";
import { shownReport } from "../task-row.ts";
import { followRecords } from "./follow-records.ts";

/** PocketBase hints at most every 50 ms, at the first change of that time: what came in between is looked for after it. */
const LOOK_AGAIN_MS = 60;

/** As pb_hooks/taskqueue/changes.js answers it. */
type ChangeItem = readonly [
  seq: number,
  index: number,
  at: number,
  id: string,
  kind: string,
  parent: string,
  status: TaskStatus,
  isNew: 0 | 1,
  progress: ProgressReport | null,
];

interface FeedAnswer extends Omit<ChangesAnswer, "changes"> {
  readonly changes: readonly ChangeItem[];
}

const toChange = ([seq, index, at, id, kind, parent, status, isNew, progress]: ChangeItem): TaskChange => ({
  seq,
  index,
  at,
  id,
  kind,
  parent: parent || null,
  status,
  isNew: isNew === 1,
  progress: progress && shownReport(progress),
});

class PocketBaseFeed implements ChangeFeed {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async read(after: number | null, limit: number): Promise<ChangesAnswer> {
    const body = { after, limit };
    const answer = await this.#connection.call<FeedAnswer>("POST", "/api/taskqueue/changes", body);
    return { ...answer, changes: answer.changes.map(toChange) };
  }

  subscribe(wake: () => void): Promise<() => Promise<void>> {
    let timer: NodeJS.Timeout | undefined;
    const hear = () => {
      wake();
      clearTimeout(timer);
      timer = setTimeout(wake, LOOK_AGAIN_MS);
    };
    const end = followRecords(this.#connection.sdk, "change_hints", { onRecord: hear, onConnect: wake });
    return Promise.resolve(async () => {
      clearTimeout(timer);
      await end();
      clearTimeout(timer);
    });
  }
}

/**
 * The log of changes in PocketBase; a backend's account alone may read it. Hints are sent only to those who have read
 * within the last minute, and each is given twice: at once, and a moment later for what came in between. Whoever follows
 * reads at each hint, one read at a time, until there is no more; and once a second in any case, since hints may be lost.
 */
export const createPocketBaseFeed = (connection: Connection): ChangeFeed => new PocketBaseFeed(connection);
