import { DatabaseSync } from "node:sqlite";
import { loadHook } from "./hook-statements.ts";
import { vmOnSqlite } from "./vm-on-sqlite.ts";

export interface InProcessRates {
  readonly addPerS: number;
  readonly processPerS: number;
}

const BATCH = 100;

const rate = (count: number, run: () => void): number => {
  const from = performance.now();
  run();
  return (count / (performance.now() - from)) * 1000;
};

/** A claimed task as claim.js sends it begins with its place, its id and ends its fence with the thirteenth field. */
interface Claimed {
  readonly groups: readonly { readonly tasks: readonly (readonly [unknown, string, ...unknown[]])[] }[];
}
const LEASE = 12;

/**
 * The hooks themselves on `node:sqlite` in this process, each statement compiled once, without HTTP, PocketBase's VM or
 * client: what a queue on this schema could reach at most here.
 */
export const measureInProcess = (file: string, bodies: readonly string[], size: number): InProcessRates => {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000");
  const vm = vmOnSqlite(database);
  const call = (name: string) => {
    const { run } = loadHook(name, vm);
    if (!run) throw new Error(`${name} is no route`);
    return run;
  };
  const [add, claim, settle] = [call("add"), call("claim"), call("settle")];
  const addPerS = rate(bodies.length * size, () => {
    for (const body of bodies) add(body, "backend");
  });
  const request = JSON.stringify({ runner: "r", kinds: ["scrape.book"], limit: BATCH, leaseMs: 20_000 });
  const total = bodies.length * size;
  const processPerS = rate(total, () => {
    for (let from = 0; from < total; from += BATCH) {
      const { groups } = JSON.parse(claim(request, "runner")) as Claimed;
      const done = groups.flatMap(({ tasks }) => tasks.map((task) => `${Number(task[LEASE])}.${task[1]}`));
      settle(JSON.stringify({ done, items: [] }), "runner");
    }
  });
  database.close();
  return { addPerS, processPerS };
};
