import { expect, test } from "vitest";
import { configFields, readConfig } from "@chapterhouse/domain";

test("unset and empty variables take their defaults", () => {
  const { CHAPTERHOUSE_PORT, SCRAPE_ALLOW } = configFields;
  const config = readConfig({ CHAPTERHOUSE_PORT, SCRAPE_ALLOW }, { CHAPTERHOUSE_PORT: " " });
  expect(config).toEqual({ CHAPTERHOUSE_PORT: 8080, SCRAPE_ALLOW: new Set() });
});

test("an error names every variable that is wrong", () => {
  const { CHAPTERHOUSE_PORT, SCRAPE_ALLOW, DEFAULT_VOICE } = configFields;
  const read = () =>
    readConfig(
      { CHAPTERHOUSE_PORT, SCRAPE_ALLOW, DEFAULT_VOICE },
      { CHAPTERHOUSE_PORT: "http", SCRAPE_ALLOW: "example.org", DEFAULT_VOICE: "flite:nobody" },
    );
  expect(read).toThrowError(/CHAPTERHOUSE_PORT.*SCRAPE_ALLOW.*DEFAULT_VOICE/s);
});
