// Brings a checkout to the state its scripts need: dependencies installed, web page built. Runs on any Node from 20 up,
// before anything is installed, so it is plain JavaScript on Node's own modules. Each step is left out when nothing
// changed since it last succeeded, which keeps a second start fast and offline.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const PNPM = "pnpm@12.21.0";
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifests = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"];
for (const group of ["apps", "packages"]) {
  for (const name of readdirSync(join(root, group))) manifests.push(join(group, name, "package.json"));
}

const files = (path) =>
  readdirSync(join(root, path), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !/(^|[\\/])(node_modules|dist)[\\/]/.test(file))
    .sort();

const digest = (paths) => {
  const hash = createHash("sha256");
  for (const path of paths) {
    if (existsSync(join(root, path))) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
};

/** Runs `command` unless `stamp` already holds `wanted`. The output goes to standard error: standard output is `up`'s. */
const step = (title, stamp, wanted, [command, ...args]) => {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write(`${title} …\n`);
  const ran = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (ran.status !== 0) {
    process.stderr.write(`${title} failed: ${ran.error?.message ?? `${command} ended with ${ran.status}`}\n`);
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
};

step("Installing dependencies", join(root, "node_modules", ".chapterhouse-installed"), digest(manifests), [
  "npx",
  "--yes",
  PNPM,
  "install",
  "--frozen-lockfile",
]);
step(
  "Building the web page",
  join(root, "apps", "web", "dist", ".chapterhouse-built"),
  digest([...manifests, ...files("apps/web"), ...files("packages/domain")]),
  ["npx", "--yes", PNPM, "--filter", "@chapterhouse/web", "run", "build"],
);
