import { ChapterhouseError, readConfig, TASK_STATUSES, toChapterhouseError } from "@chapterhouse/domain";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { createClient } from "./client.ts";
import type { CommandContext, FollowOptions, ListOptions, ScrapeOptions } from "./commands.ts";
import { cancel, follow, listen, retry, scrape, tasks } from "./commands.ts";
import { cliConfig } from "./config.ts";
import { EXIT, exitCodeOf } from "./exit.ts";
import { findServer } from "./find-server.ts";
import { addKeyCommands } from "./keys.ts";
import type { TextSink } from "./terminal.ts";

export interface CliOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: TextSink;
  readonly err: TextSink;
  readonly interrupted: AbortSignal;
  /** Starts everything on this machine; returns when it has ended. `demo` undefined: as the library and terminal say. */
  readonly up: (demo: boolean | undefined) => Promise<void>;
  /** Between two looks at a task that is waited for, ms. */
  readonly pollMs?: number;
}

const whole = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1 up.");
  return Number(text);
};

/** Runs one command line (without node and script) and returns its exit code. Never throws. */
export const runCli = async (
  argv: readonly string[],
  { env, out, err, interrupted, up, pollMs = 500 }: CliOptions,
): Promise<number> => {
  let code: number = EXIT.ok;
  const program = new Command("chapterhouse")
    .description("Turns web novels into a library that you can read and listen to.")
    .option("--json", "print results as JSON on standard output, and nothing else there")
    .addHelpText("after", "\nExit codes: 0 done, 1 a task failed, 2 bad usage or input, 3 no server.")
    .exitOverride()
    .configureOutput({ writeOut: (text) => out.write(text), writeErr: (text) => err.write(text) });

  const run = async (command: (context: CommandContext) => Promise<number>) => {
    const client = createClient(await findServer(readConfig(cliConfig, env)));
    try {
      code = await command({
        client,
        interrupted,
        pollMs,
        terminal: { out, err, json: program.opts()["json"] === true },
      });
    } finally {
      await client.close();
    }
  };

  program
    .command("up")
    .description("start everything on this machine; Ctrl-C ends it")
    .option("--demo", "put the demo book into the library")
    .option("--no-demo", "leave an empty library empty")
    .action((options: { demo?: boolean }) => up(options.demo));

  program
    .command("scrape")
    .description("scrape a book, a part of it, or a catalogue of books, and wait for it")
    .argument("<url>", "address of the book's page, or of the catalogue")
    .option("--from <n>", "first chapter by position", whole)
    .option("--to <n>", "last chapter by position", whole)
    .addOption(new Option("--catalogue", "the address lists books").conflicts(["from", "to"]))
    .option("--no-wait", "print the task's id and leave")
    .action((url: string, options: ScrapeOptions) => run((context) => scrape(context, url, options)));

  program
    .command("listen")
    .description("narrate a book's chapters and wait for them")
    .argument("<slug>", "the book, as in its address on the page")
    .argument("[range]", "chapters by position: 3, 3-7, 3- or -7; the whole book when left out")
    .option("--voice <id>", "voice, such as flite:slt")
    .action((slug: string, range: string | undefined, options: { voice?: string }) =>
      run((context) => listen(context, slug, range, options.voice)),
    );

  program
    .command("follow")
    .description("look at a book, or a catalogue, now and every day from now on")
    .argument("<url>", "address of the book's page, or of the catalogue")
    .addOption(new Option("--catalogue", "the address lists books").conflicts("narrate"))
    .option("--narrate <id>", "voice that reads new chapters aloud, such as flite:slt")
    .option("--schedule <cron>", "when, as crontab's five fields, in UTC")
    .action((url: string, options: FollowOptions) => run((context) => follow(context, url, options)));

  const list = program
    .command("tasks")
    .description("list what was asked for, newest first, and how far it is")
    .option("--all", "parts of others as well")
    .addOption(new Option("--status <status>", "only these").choices([...TASK_STATUSES, "live", "terminal"]))
    .addOption(new Option("--limit <n>", "at most so many (500)").argParser(whole).default(20))
    .action((options: ListOptions) => run((context) => tasks(context, options)));
  list
    .command("retry")
    .description("try again what failed of a task; what is done stays done")
    .argument("<id>", "the task")
    .option("--cancelled", "what was cancelled as well")
    .action((id: string, options: { cancelled?: boolean }) => run((context) => retry(context, id, options)));

  addKeyCommands(program, run);

  program
    .command("cancel")
    .description("cancel a task and its children")
    .argument("<id>", "the task")
    .action((id: string) => run((context) => cancel(context, id)));

  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    // Commander has said what is wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const failure = error instanceof ChapterhouseError ? error : toChapterhouseError(error);
    const { message, details } = failure;
    if (program.opts()["json"] === true)
      out.write(`${JSON.stringify({ error: { code: failure.code, message, details } })}\n`);
    else err.write(`${failure.code}: ${message}\n`);
    return exitCodeOf(failure.code);
  }
};
