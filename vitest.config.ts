import { defineConfig } from "vitest/config";

// Each project is one layer of the pyramid. `unit` is fast and touches no network; `conformance` runs the port suites
// on the memory and the real PocketBase adapters; `system` starts real processes; `browser` drives a real Chromium.
export default defineConfig({
  test: {
    reporters: ["default", "./scripts/closing-line-reporter.ts"],
    projects: [
      { test: { name: "unit", include: ["{apps,packages}/*/tests/unit/**/*.test.ts", "tests/unit/**/*.test.ts"] } },
      {
        test: {
          name: "conformance",
          include: ["{apps,packages}/*/tests/conformance/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          pool: "forks",
        },
      },
      {
        test: {
          name: "system",
          include: ["tests/system/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          pool: "forks",
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "browser",
          include: ["tests/browser/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          pool: "forks",
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
