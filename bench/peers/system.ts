/** About 200 bytes of JSON, the same in every system; it is also a payload that our own kinds accept. */
export const PAYLOAD = { url: `http://bench.example/book?${"x".repeat(164)}` };

/** What the scenes ask of a queue; each file beside this one makes it of one system. */
export interface QueueSystem {
  /** Answers when the job is stored. */
  addOne(): Promise<unknown>;
  /** Adds `count` jobs by the system's own bulk call; answers when all are stored. */
  addMany(count: number): Promise<unknown>;
  /** Starts a worker whose handler calls `onJob` and does nothing else. The answer stops it, everything settled. */
  work(concurrency: number, onJob: () => void): Promise<() => Promise<unknown>>;
  /** Jobs that are neither done nor removed. */
  left(): Promise<number>;
  close(): Promise<unknown>;
}

/** Opens a system on its server, of which `url` says all. */
export type OpenSystem = (url: string) => Promise<QueueSystem>;

/** The peers' packages are installed by the bench alone, so nothing may name them where types are checked without it. */
export const importPeer = async (name: string): Promise<unknown> => await import(name);
