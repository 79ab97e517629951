/** A place in the store's log of changes: after change `index` of call `seq`. */
export interface Position {
  readonly seq: number;
  /** `WHOLE_CALL`: after all of them. */
  readonly index: number;
}

export const WHOLE_CALL = Number.MAX_SAFE_INTEGER;

export const afterCall = (seq: number): Position => ({ seq, index: WHOLE_CALL });

/** Below 0 when `a` comes first. */
export const comparePositions = (a: Position, b: Position): number => a.seq - b.seq || a.index - b.index;

/** `SEQ-INDEX`, or `SEQ` for the whole call. */
export const writePosition = ({ seq, index }: Position): string =>
  index === WHOLE_CALL ? String(seq) : `${seq}-${index}`;

/** What a client sent as its last event's id; null when it is none of ours. */
export const readPosition = (text: string): Position | null => {
  const [, seq, index] = /^(\d{1,15})(?:-(\d{1,9}))?$/.exec(text) ?? [];
  return seq === undefined ? null : { seq: Number(seq), index: index === undefined ? WHOLE_CALL : Number(index) };
};
