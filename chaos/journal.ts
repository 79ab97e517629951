import { closeSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** What an actor knows to have happened: written when it was acknowledged, or before a fault is done. */
export type Entry =
  | { readonly type: "boot"; readonly runner: string; readonly pid: number; readonly leaseMs: number }
  /** `status` null: refused. `late`: tried on purpose by a runner that woke up. */
  | {
      readonly type: "settled";
      readonly task: string;
      readonly lease: number;
      readonly outcome: string;
      readonly status: string | null;
      readonly late: boolean;
    }
  | {
      readonly type: "published";
      readonly task: string;
      readonly lease: number;
      readonly chapter: string;
      readonly accepted: boolean;
      readonly late: boolean;
    }
  | {
      readonly type: "children";
      readonly task: string;
      readonly lease: number;
      readonly ids: readonly string[];
      readonly accepted: boolean;
      readonly late: boolean;
    }
  /** Written before a late publication is tried: its answer may be lost. */
  | { readonly type: "trying"; readonly task: string; readonly lease: number }
  | { readonly type: "added"; readonly ids: readonly string[] }
  /** Written before it is asked for: the answer may be lost with PocketBase. */
  | { readonly type: "removing"; readonly ids: readonly string[]; readonly key?: string }
  | { readonly type: "fault"; readonly fault: string; readonly pid?: number; readonly leaseMs?: number }
  | { readonly type: "defect"; readonly message: string };

export type Written = Entry & { readonly at: number };

/** Each entry is one write to the file: what was written outlives the process, however it ends. */
export class Journal {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  write(entry: Entry): void {
    writeSync(this.#file, `${JSON.stringify({ at: Date.now(), ...entry })}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

const isWhole = (line: string): boolean => line.endsWith("}");

/** All entries of all actors; the last line of a killed one may be torn. */
export const readJournals = (folder: string): readonly Written[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").filter(isWhole))
    .map((line) => JSON.parse(line) as Written)
    .toSorted((a, b) => a.at - b.at);
