import type { ApiKey } from "@chapterhouse/domain";
import { API_KEY_SCOPES } from "@chapterhouse/domain";
import type { Command } from "commander";
import { Option } from "commander";
import type { CommandContext } from "./commands.ts";
import { EXIT } from "./exit.ts";
import { note, printResult } from "./terminal.ts";

interface NewKeyOptions {
  readonly scope: ApiKey["scopes"];
  readonly kind?: string[];
  readonly expires?: string;
}

const add = async ({ client, terminal }: CommandContext, name: string, options: NewKeyOptions): Promise<number> => {
  const { scope: scopes, kind: kinds = null, expires = null } = options;
  const made = await client.addKey({ name, scopes, kinds, expiresAt: expires });
  note(terminal, "Keep it: it is told this once.");
  printResult(terminal, made, made.secret);
  return EXIT.ok;
};

const describe = ({ name, scopes, kinds, expiresAt, lastUsedAt }: ApiKey): string =>
  [
    name,
    scopes.join(" "),
    kinds === null ? "all kinds" : kinds.join(" "),
    expiresAt === null ? "does not expire" : `until ${expiresAt}`,
    lastUsedAt === null ? "never used" : `used ${lastUsedAt}`,
  ].join("  ");

const list = async ({ client, terminal }: CommandContext): Promise<number> => {
  const keys = await client.listKeys();
  printResult(terminal, keys, keys.items.map(describe).join("\n") || "No keys.");
  return EXIT.ok;
};

const remove = async ({ client, terminal }: CommandContext, name: string): Promise<number> => {
  await client.removeKey(name);
  printResult(terminal, { name }, `${name} is removed`);
  return EXIT.ok;
};

/** `keys add`, `keys list` and `keys remove`: keys of programs that call the API. */
export const addKeyCommands = (
  program: Command,
  run: (command: (context: CommandContext) => Promise<number>) => Promise<void>,
): void => {
  const keys = program.command("keys").description("keys of programs that call the API");
  keys
    .command("add")
    .description("make a key and print its secret")
    .argument("<name>", "small letters, digits and . _ -")
    .addOption(new Option("--scope <scope...>", "what it may do").choices(API_KEY_SCOPES).makeOptionMandatory())
    .option("--kind <kind...>", "kinds of task that it may add and cancel, such as 'scrape.*'; all when left out")
    .option("--expires <time>", "as 2030-01-01T00:00:00Z; never when left out")
    .action((name: string, options: NewKeyOptions) => run((context) => add(context, name, options)));
  keys
    .command("list")
    .description("list keys, without their secrets")
    .action(() => run(list));
  keys
    .command("remove")
    .description("remove a key; it is refused within 30 seconds")
    .argument("<name>", "the key")
    .action((name: string) => run((context) => remove(context, name)));
};
