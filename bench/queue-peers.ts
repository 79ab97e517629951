import { startTemporaryStore } from "@chapterhouse/pocketbase";
import { installPackages } from "./peers/install-packages.ts";
import { Player } from "./peers/player.ts";
import type { Scene } from "./peers/scenes.ts";
import { Absent, type Server, startPostgres, startRedis } from "./peers/servers.ts";
import { Tally } from "./peers/tally.ts";
import { percentile } from "./report.ts";
import { storeAddress } from "./store-address.ts";

// The same jobs through ours and through the queues that it is compared with, each on a server of its own and in a
// process of its own, one scene after the other and every system in each scene before the next. What the figures mean
// stands in docs/benchmarks.md.

const ON_POSTGRES = ["graphile", "graphile_tuned", "pgboss", "pgboss_notify"];
const ONE_BY_ONE = 300;
const BY_TEN = 3000;
const SAMPLES = 30;

/** Starts a server when any of its systems is wanted, or says why it cannot be had and what is left out for that. */
const serverOf = async (start: () => Promise<Server>, systems: readonly string[]): Promise<Server | undefined> => {
  try {
    return systems.length > 0 ? await start() : undefined;
  } catch (error) {
    if (!(error instanceof Absent)) throw error;
    console.error(`left out: ${systems.join(", ")} (${error.message})`);
    return undefined;
  }
};

/** Each wanted system's process, ours first; all that was started ends with `stack`. */
const startAll = async (stack: AsyncDisposableStack, isWanted: (name: string) => boolean): Promise<Player[]> => {
  const store = stack.use(await startTemporaryStore());
  const onRedis = ["bullmq"].filter(isWanted);
  const redis = await serverOf(startRedis, onRedis);
  if (redis) stack.defer(() => redis.stop());
  const onPostgres = ON_POSTGRES.filter(isWanted);
  const postgres = await serverOf(() => startPostgres(onPostgres), onPostgres);
  if (postgres) stack.defer(() => postgres.stop());
  for (const server of [redis, postgres]) if (server) console.error(server.about);
  const urls = [
    ["chapterhouse", storeAddress(store)],
    ...(redis ? [["bullmq", redis.url]] : []),
    ...(postgres ? onPostgres.map((name) => [name, `${postgres.url}/${name}`]) : []),
  ];
  const players: Player[] = [];
  for (const [name = "", url = ""] of urls) {
    const player = await Player.start(name, url);
    stack.defer(() => player.stop());
    players.push(player);
  }
  return players;
};

interface Step {
  readonly scene: Scene;
  /** Figures of what the scene measured; a step without them only empties or fills. */
  readonly figures?: (measured: readonly number[]) => Readonly<Record<string, number>>;
}

const single =
  (name: string) =>
  ([value = Number.NaN]: readonly number[]) => ({ [name]: value });

const stepsOf = (jobs: number): Step[] => [
  { scene: { name: "bulk", jobs }, figures: single("bulk_add_per_s") },
  { scene: { name: "process", jobs, concurrency: 10 }, figures: single("process_10_per_s") },
  { scene: { name: "bulk", jobs } },
  { scene: { name: "process", jobs, concurrency: 100 }, figures: single("process_100_per_s") },
  { scene: { name: "singles", jobs: ONE_BY_ONE, inFlight: 1 }, figures: single("add_one_per_s") },
  { scene: { name: "singles", jobs: BY_TEN, inFlight: 10 }, figures: single("add_ten_per_s") },
  { scene: { name: "process", jobs: ONE_BY_ONE + BY_TEN, concurrency: 100 } },
  {
    scene: { name: "latency", samples: SAMPLES },
    figures: (ms) => ({ start_p50_ms: percentile(ms, 0.5), start_p95_ms: percentile(ms, 0.95) }),
  },
];

export interface PeersOptions {
  readonly rounds: number;
  readonly jobs: number;
  /** The peers to compare with; none for all. */
  readonly only: readonly string[];
  readonly json: boolean;
}

/** Runs it all and prints medians and ratios. The first round warms up and is thrown away. */
export const benchPeers = async ({ rounds, jobs, only, json }: PeersOptions): Promise<void> => {
  installPackages();
  await using stack = new AsyncDisposableStack();
  const players = await startAll(stack, (name) => only.length === 0 || only.includes(name));
  const tally = new Tally(players.map(({ name }) => name));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { scene, figures } of stepsOf(jobs)) {
      // Nobody is always the first, or always the one after the heaviest.
      const order = players.map((_, index) => players[(index + round) % players.length]);
      for (const player of order) {
        const measured = await player?.play(scene);
        if (player && measured && figures && round > 0) tally.add(player.name, figures(measured));
      }
    }
    if (!json) console.error(`round ${round} of ${rounds}${round === 0 ? " (warming up)" : ""}`);
  }
  tally.print(json);
};
