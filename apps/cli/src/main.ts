// The `chapterhouse` command: program.ts says what there is to type, commands.ts does it over the REST API, and
// up/ starts the rest of the platform on this machine.
import { runCli } from "./program.ts";

const interruption = new AbortController();

/** `up` handles signals by itself; loading it late keeps the other commands free of PocketBase. */
const startUp = async (demo: boolean | undefined) => {
  const { up } = await import("./up/up.ts");
  await up({ demo }, process.env);
};

const argv = process.argv.slice(2);
if (argv[0] !== "up") {
  // The first Ctrl-C ends the waiting; a second one ends the process as ever.
  process.once("SIGINT", () => interruption.abort());
}
process.exitCode = await runCli(argv, {
  env: process.env,
  out: process.stdout,
  err: process.stderr,
  interrupted: interruption.signal,
  up: startUp,
});
