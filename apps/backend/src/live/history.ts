import type { ChangeFeed, TaskChange } from "@chapterhouse/taskqueue";
import { afterCall, comparePositions, type Position, WHOLE_CALL } from "./position.ts";
import type { Ring } from "./ring.ts";

const PAGE = 1000;

/**
 * The changes of status from the call of `position` on, all of that call's among them, that are not in the ring yet; null
 * when the log does not reach back so far, or more of them come after `position` than the ring has room for. Throws `STORE_UNREACHABLE`.
 */
export const readHistory = async (
  feed: ChangeFeed,
  ring: Ring,
  position: Position,
): Promise<readonly TaskChange[] | null> => {
  const older: TaskChange[] = [];
  let missed = 0;
  let after = position.index === WHOLE_CALL ? position.seq : position.seq - 1;
  // The ring goes on meanwhile, at both ends: `since` may come nearer with each page.
  while (comparePositions(afterCall(after), ring.since) < 0) {
    const { changes, last, isGap, more } = await feed.read(after, PAGE);
    if (isGap) return null;
    for (const change of changes) {
      if (change.progress !== null) continue;
      older.push(change);
      if (comparePositions(change, position) > 0) missed += 1;
    }
    if (missed > ring.room) return null;
    if (!more && last < ring.since.seq) return null;
    after = last;
  }
  return older.filter((change) => comparePositions(change, ring.since) <= 0);
};
