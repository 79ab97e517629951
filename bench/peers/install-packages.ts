import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

const writtenAt = (path: string): number =>
  statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Installs what the lockfile here names, unless it is there already. Needs npm and its registry the first time. */
export const installPackages = (): void => {
  if (writtenAt("node_modules/.package-lock.json") > writtenAt("package-lock.json")) return;
  // Not `ci`: that refuses a lockfile which lacks optional packages of other platforms, and a registry need not have them.
  const args = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", args, { cwd: FOLDER, stdio: ["ignore", "ignore", "inherit"] });
};
