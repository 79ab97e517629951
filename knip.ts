import type { KnipConfig } from "knip";

const config: KnipConfig = {
  workspaces: {
    ".": {
      entry: ["bench/*.ts", "scripts/*.{ts,mjs}", "tests/**/*.test.ts"],
      project: ["{bench,scripts,tests}/**/*.ts"],
    },
    "apps/*": {
      entry: ["src/main.ts", "src/**/*-worker.ts", "tests/**/*.test.ts"],
      project: ["{src,tests}/**/*.{ts,tsx}"],
    },
    "apps/web": { entry: ["src/main.tsx", "tests/**/*.test.ts"], project: ["{src,tests}/**/*.{ts,tsx}"] },
    "packages/*": { entry: ["src/index.ts", "tests/**/*.test.ts"], project: ["{src,tests}/**/*.ts"] },
  },
  // Public names of packages and documents of the API are for others too.
  ignoreExportsUsedInFile: true,
};

export default config;
