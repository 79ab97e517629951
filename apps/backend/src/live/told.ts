import { isTerminal, type LiveEvent, type LiveNotice, type TerminalStatus } from "@chapterhouse/domain";
import type { TaskChange } from "@chapterhouse/taskqueue";
import { type Position, writePosition } from "./position.ts";

/** An event, written out once for all who will be told. */
export interface Told {
  /** Of events without an id: the place in the log that they came after. */
  readonly position: Position;
  readonly task: string;
  readonly item: string | null;
  /** As Server-Sent Event, with the empty line that ends it. */
  readonly sse: Buffer;
  /** As a message of its own. */
  readonly json: Buffer;
}

const ENDS: Readonly<Record<TerminalStatus, LiveEvent["type"]>> = {
  done: "task.completed",
  failed: "task.failed",
  cancelled: "task.canceled",
};

const typeOf = ({ parent, isNew, status }: TaskChange): LiveEvent["type"] => {
  if (parent !== null) return "item.updated";
  if (isNew) return "task.created";
  return isTerminal(status) ? ENDS[status] : "task.updated";
};

const write = (document: LiveEvent | LiveNotice): Pick<Told, "sse" | "json"> => {
  const { id, type } = document;
  const head = `${id === null ? "" : `id: ${id}\n`}event: ${type}\ndata: `;
  const text = `${head}${JSON.stringify(document)}\n\n`;
  // Kept for long: in Node's shared pool it would keep 8 KiB of whatever was written beside it.
  const sse = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  sse.write(text);
  return { sse, json: sse.subarray(head.length, -2) };
};

export const tell = (event: LiveEvent, position: Position): Told => ({
  position,
  task: event.task,
  item: event.item,
  ...write(event),
});

/** What `change` is to clients; of a report, its progress. */
export const tellChange = (change: TaskChange, position: Position = change): Told => {
  const { id, parent, kind, status, progress, at } = change;
  return tell(
    {
      id: progress === null ? writePosition(position) : null,
      type: typeOf(change),
      task: parent ?? id,
      item: parent === null ? null : id,
      kind,
      status,
      children: null,
      progress,
      overall: null,
      at: new Date(at).toISOString(),
    },
    position,
  );
};

/** What stands between events; for every filter. */
export const tellNotice = (type: LiveNotice["type"], position: Position, resumed = false): Told => ({
  position,
  task: "",
  item: null,
  ...write({ type, id: writePosition(position), resumed }),
});
