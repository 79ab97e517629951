import type { ChangeFeed, TaskChange } from "@chapterhouse/taskqueue";
import { afterCall, comparePositions, type Position, WHOLE_CALL } from "./position.ts";
import type { Ring } from "./ring.ts";

const PAGE = 1000;

/**
 * The changes of status after `position` that are not in the ring yet, from the log; null when it does not reach back so
 * far, or there are more than the ring has room for. Throws `STORE_UNREACHABLE`.
 */
export const readHistory = async (
  feed: ChangeFeed,
  ring: Ring,
  position: Position,
): Promise<readonly TaskChange[] | null> => {
  const older: TaskChange[] = [];
  // A call's changes come together: of one that is known in part, the rest is picked out.
  let after = position.index === WHOLE_CALL ? position.seq : position.seq - 1;
  // The ring goes on meanwhile, at both ends: `since` may come nearer with each page.
  while (comparePositions(afterCall(after), ring.since) < 0) {
    const { changes, last, isGap, more } = await feed.read(after, PAGE);
    if (isGap) return null;
    for (const change of changes) {
      if (change.progress === null && comparePositions(change, position) > 0) older.push(change);
    }
    if (older.length > ring.room) return null;
    if (!more && last < ring.since.seq) return null;
    after = last;
  }
  return older.filter((change) => comparePositions(change, ring.since) <= 0);
};
