import { openBullMq } from "./bullmq.ts";
import { openGraphile, openGraphileTuned } from "./graphile-worker.ts";
import { openOurs } from "./ours.ts";
import { openPgBoss, openPgBossNotified } from "./pg-boss.ts";
import { play, type Scene } from "./scenes.ts";
import type { OpenSystem } from "./system.ts";

// One system in a process of its own, so that none pays for another's garbage or timers: `system-process.ts NAME URL`.
// It plays the scenes that it is sent, one after the other, and ends with the process that started it.

const SYSTEMS: Readonly<Record<string, OpenSystem>> = {
  chapterhouse: openOurs,
  bullmq: openBullMq,
  graphile: openGraphile,
  graphile_tuned: openGraphileTuned,
  pgboss: openPgBoss,
  pgboss_notify: openPgBossNotified,
};

const [name = "", url = ""] = process.argv.slice(2);
const system = await SYSTEMS[name]?.(url);
if (!system) throw new Error(`No system ${name}`);

process.on("message", (scene: Scene) => {
  play(system, scene).then(
    (figures) => process.send?.({ figures }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on("disconnect", () => {
  void system.close().finally(() => process.exit());
});
process.send?.({ figures: [] });
