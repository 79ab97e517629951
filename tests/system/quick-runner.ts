// A runner as its own main.ts starts it, whose leases are short: what was held by one that died or sleeps is taken back
// in seconds.
import { once } from "node:events";
import { readConfig, SERVICE_ACCOUNTS } from "@chapterhouse/domain";
import { connect } from "@chapterhouse/pocketbase";
import { runnerConfig } from "../../apps/runner/src/config.ts";
import { startRunner } from "../../apps/runner/src/runner.ts";

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: console.error };
// oxlint-disable-next-line no-process-env -- a program reads its environment once
const config = readConfig(runnerConfig, process.env);
const credentials = { email: SERVICE_ACCOUNTS.runner, password: config.POCKETBASE_PASSWORD ?? "" };
const connection = connect({ url: config.POCKETBASE_URL, credentials });
const pace = { leaseMs: 6000, heartbeatMs: 1000, reapMs: 500 };
const runner = await startRunner(config, { connection, credentials, log, searchPath: "", pace });
process.stdout.write(`ready runner ${runner.id}\n`);
await once(process, "SIGTERM");
await runner.stop();
await connection.close();
