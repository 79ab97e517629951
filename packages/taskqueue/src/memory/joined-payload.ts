import { ChapterhouseError } from "@chapterhouse/domain";
import type { TaskSpec } from "../task-row.ts";
import { MOST_PAYLOAD_BYTES } from "../validate-task.ts";

type Payload = TaskSpec["payload"];

/** What overwriting `old` by `added` leaves: two lists are joined. */
export const joined = (old: Payload, added: Payload): Payload =>
  Array.isArray(old) && Array.isArray(added) ? [...old, ...added] : added;

/**
 * Throws `BAD_REQUEST` when lists that would be joined are too large together; before anything is changed, since a call
 * is refused as a whole. `before` is the payload that the first task of a key would overwrite.
 */
export const checkJoined = (specs: readonly TaskSpec[], before: (spec: TaskSpec) => Payload | undefined): void => {
  const last = new Map<string, Payload>();
  for (const spec of specs) {
    if (!spec.key || !Array.isArray(spec.payload)) continue;
    const old = last.get(spec.key) ?? before(spec);
    const isKept = old !== undefined && (spec.keyMode === "unsafe_dedupe" || spec.keyMode === "keep_first");
    const payload = old === undefined ? spec.payload : isKept ? old : joined(old, spec.payload);
    last.set(spec.key, payload);
    if (Buffer.byteLength(JSON.stringify(payload)) <= MOST_PAYLOAD_BYTES) continue;
    throw new ChapterhouseError("BAD_REQUEST", "The two payloads together are over 1 MiB");
  }
};
