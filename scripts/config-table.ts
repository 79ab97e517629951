import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ConfigShape } from "@chapterhouse/domain";
import type { z } from "zod";
import { backendConfig } from "../apps/backend/src/config.ts";
import { cliConfig } from "../apps/cli/src/config.ts";
import { runnerConfig } from "../apps/runner/src/config.ts";

// Writes the table in docs/configuration.md from the schemas that read the environment (`npm run docs:config`).
// tests/unit/config-table.test.ts fails while the file says anything else.

const FILE = new URL("../docs/configuration.md", import.meta.url);
/** Folders of this checkout are shown relative to it. */
const CHECKOUT = fileURLToPath(new URL("../", import.meta.url));
const MARKS = { begin: "<!-- table: npm run docs:config -->", end: "<!-- end of table -->" };

const READERS: Readonly<Record<string, ConfigShape>> = {
  "`up` and commands": cliConfig,
  backend: backendConfig,
  runner: runnerConfig,
};

interface Meaning {
  readonly description: string | undefined;
  /** As it would be written in the environment; undefined when there is none. */
  readonly fallback: string | undefined;
  readonly isOptional: boolean;
}

/** What a schema says of itself, looked for through its wrappers: a description may stand at any of them. */
const meaningOf = (schema: z.core.$ZodType): Meaning => {
  const def = schema._zod.def as {
    type: string;
    innerType?: z.core.$ZodType;
    in?: z.core.$ZodType;
    defaultValue?: unknown;
  };
  const within = def.innerType ?? def.in;
  const inner: Meaning = within
    ? meaningOf(within)
    : { description: undefined, fallback: undefined, isOptional: false };
  return {
    description: (schema as z.ZodType).description ?? inner.description,
    fallback: def.type === "default" ? String(def.defaultValue).replace(CHECKOUT, "") : inner.fallback,
    isOptional: def.type === "optional" || def.type === "default" || inner.isOptional,
  };
};

const fallbackText = ({ fallback, isOptional }: Meaning): string => {
  if (!isOptional) return "required";
  return fallback === undefined || fallback === "" ? "" : `\`${fallback}\``;
};

/** One row a variable. Where its readers differ in the default, each default names its own. */
const rowOf = (name: string): string => {
  const readers = Object.entries(READERS).flatMap(([reader, shape]) => {
    const schema = shape[name];
    return schema ? [{ reader, ...meaningOf(schema), text: fallbackText(meaningOf(schema)) }] : [];
  });
  const byText = Map.groupBy(readers, ({ text }) => text);
  const named = [...byText].flatMap(([text, group]) =>
    text ? [`${text} (${group.map(({ reader }) => reader).join(", ")})`] : [],
  );
  const description = readers.find((reader) => reader.description)?.description;
  if (description === undefined) throw new Error(`${name} has no description`);
  const fallback = byText.size === 1 ? readers[0]?.text : named.join(", ");
  const cells = [`\`${name}\``, fallback, readers.map(({ reader }) => reader).join(", "), description];
  return `| ${cells.join(" | ")} |`;
};

/** The page with its table made anew. Throws when a variable has no description, or the page no marks. */
export const renderConfiguration = (page: string): string => {
  const names = new Set(Object.values(READERS).flatMap((shape) => Object.keys(shape)));
  const table = [
    "| variable | default | read by | meaning |",
    "|---|---|---|---|",
    ...[...names].toSorted().map(rowOf),
  ];
  const [head, tail] = [page.split(MARKS.begin)[0], page.split(MARKS.end)[1]];
  if (head === undefined || tail === undefined) throw new Error(`${FILE.pathname} lacks the marks of its table`);
  return `${head}${MARKS.begin}\n${table.join("\n")}\n${MARKS.end}${tail}`;
};

export const readConfigurationPage = (): string => readFileSync(FILE, "utf8");

if (import.meta.main) writeFileSync(FILE, renderConfiguration(readConfigurationPage()));
