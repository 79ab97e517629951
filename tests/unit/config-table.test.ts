import { expect, test } from "vitest";
import { readConfigurationPage, renderConfiguration } from "../../scripts/config-table.ts";

test("docs/configuration.md says what the schemas say (npm run docs:config writes it)", () => {
  const page = readConfigurationPage();
  expect(page).toBe(renderConfiguration(page));
});

test("a table that is stale is found", () => {
  const stale = readConfigurationPage().replace("| `CHAPTERHOUSE_PORT`", "| `CHAPTERHOUSE_DOOR`");
  expect(renderConfiguration(stale)).not.toBe(stale);
});
