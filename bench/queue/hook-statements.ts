import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const HOOKS = fileURLToPath(new URL("../../pb_hooks", import.meta.url));

export type Statements = Readonly<Record<string, string>>;

/** What a hook file of the queue exports. */
interface Hook {
  readonly statements?: Statements;
  readonly run?: (body: string, role: string) => string;
}

/** What PocketBase's VM has beside the language; a file that only exports statements needs none of it. */
export type VmGlobals = Readonly<Record<string, unknown>>;

/** Runs a hook file as PocketBase's VM does; one that requires it gets what it exports. */
const load = (path: string, globals: VmGlobals): Hook => {
  const module = { exports: {} };
  const source = readFileSync(path, "utf8");
  const names = Object.keys(globals);
  const require = (other: string) => load(other, globals);
  // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- the VM's own way to run such a file; it is ours
  const run = new Function("module", "require", "__hooks", ...names, source);
  run(module, require, dirname(dirname(path)), ...names.map((name) => globals[name]));
  return module.exports;
};

/** SQL with the parameters as SQLite itself spells them (`:name`). */
export const asSqlite = (text: string): string => text.replaceAll(/\{:(\w+)\}/g, ":$1");

/** pb_hooks/taskqueue/NAME.js. */
export const loadHook = (name: string, globals: VmGlobals = {}): Hook => load(`${HOOKS}/taskqueue/${name}.js`, globals);

/** The SQL of pb_hooks/taskqueue/NAME.js. */
export const hookStatements = (name: string): Statements =>
  Object.fromEntries(Object.entries(loadHook(name).statements ?? {}).map(([key, text]) => [key, asSqlite(text)]));
