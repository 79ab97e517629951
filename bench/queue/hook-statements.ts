import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const HOOKS = fileURLToPath(new URL("../../pb_hooks", import.meta.url));

export type Statements = Readonly<Record<string, string>>;

/** Runs a hook file as PocketBase's VM does, as far as its constants go, and answers what it exports. */
const load = (path: string): { readonly statements?: Statements } => {
  const module = { exports: {} };
  const source = readFileSync(path, "utf8");
  // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- the VM's own way to run such a file; it is ours
  new Function("module", "require", "__hooks", source)(module, load, dirname(dirname(path)));
  return module.exports;
};

/** The SQL of pb_hooks/taskqueue/NAME.js, with the parameters as SQLite itself spells them (`:name`). */
export const hookStatements = (name: string): Statements =>
  Object.fromEntries(
    Object.entries(load(`${HOOKS}/taskqueue/${name}.js`).statements ?? {}).map(([key, text]) => [
      key,
      text.replaceAll(/\{:(\w+)\}/g, ":$1"),
    ]),
  );
