import { describe, expect, test } from "vitest";
import {
  canonicalUrl,
  checkTarget,
  hostLane,
  isPublicAddress,
  parseAllowList,
  parseTarget,
  type TargetRules,
} from "@chapterhouse/domain";

const rules = (answers: Record<string, string[]>, allow = ""): TargetRules => ({
  allow: parseAllowList(allow),
  resolve: (host) => {
    const found = answers[host];
    return found ? Promise.resolve(found) : Promise.reject(new Error("ENOTFOUND"));
  },
});

describe("an address is public or refused", () => {
  test.each([
    ["8.8.8.8", true],
    ["1.1.1.1", true],
    ["172.32.0.1", true],
    ["100.128.0.1", true],
    ["2606:4700::1111", true],
    ["2001:4860:4860::8888", true],
    ["::ffff:8.8.8.8", true],
    ["0.0.0.0", false],
    ["10.0.0.1", false],
    ["100.64.0.1", false],
    ["127.0.0.1", false],
    ["127.255.255.254", false],
    ["169.254.169.254", false],
    ["172.16.0.1", false],
    ["172.31.255.255", false],
    ["192.168.1.1", false],
    ["192.0.2.1", false],
    ["198.18.0.1", false],
    ["224.0.0.1", false],
    ["255.255.255.255", false],
    ["::", false],
    ["::1", false],
    ["::ffff:127.0.0.1", false],
    ["::ffff:7f00:1", false],
    ["::ffff:10.0.0.1", false],
    ["::127.0.0.1", false],
    ["64:ff9b::127.0.0.1", false],
    ["64:ff9b::8.8.8.8", true],
    ["2002:7f00:1::", false],
    ["2001::1", false],
    ["2001:db8::1", false],
    ["fc00::1", false],
    ["fd12:3456::1", false],
    ["fe80::1", false],
    ["fe80::1%eth0", false],
    ["ff02::1", false],
    ["not an address", false],
    ["1:2:3:4:5:6:7:8:9", false],
  ])("%s: %s", (address, open) => {
    expect(isPublicAddress(address)).toBe(open);
  });
});

describe("a target", () => {
  test.each([
    ["no url at all", "BAD_URL"],
    ["file:///etc/passwd", "BAD_URL"],
    ["ftp://example.org/", "BAD_URL"],
    ["javascript:alert(1)", "BAD_URL"],
    ["http://user:secret@example.org/", "BAD_URL"],
  ])("%s is refused before anything is looked up", (text, code) => {
    expect(() => parseTarget(text)).toThrowError(expect.objectContaining({ code }));
  });

  // Each of these spells 127.0.0.1 or another closed address.
  test.each([
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://169.254.169.254/latest/meta-data",
    "http://localhost:8090/_/",
    "http://LOCALHOST./",
    "http://db.localhost/",
    "http://inside.example/",
    "http://mixed.example/",
  ])("%s is refused", async (text) => {
    const names = { "inside.example": ["10.1.2.3"], "mixed.example": ["93.184.215.14", "192.168.0.7"] };
    await expect(checkTarget(parseTarget(text), rules(names))).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
  });

  test("a public name answers with the addresses to connect to", async () => {
    const answer = await checkTarget(
      parseTarget("https://book.example/x"),
      rules({ "book.example": ["93.184.215.14"] }),
    );
    expect(answer).toEqual(["93.184.215.14"]);
  });

  test("a name that does not resolve is HOST_UNRESOLVED", async () => {
    await expect(checkTarget(parseTarget("https://gone.example/"), rules({}))).rejects.toMatchObject({
      code: "HOST_UNRESOLVED",
    });
  });

  test("the allow-list opens exactly one port of one host", async () => {
    const open = rules({}, "127.0.0.1:8900 nas.local:80");
    await expect(checkTarget(parseTarget("http://127.0.0.1:8900/book"), open)).resolves.toEqual([]);
    await expect(checkTarget(parseTarget("http://nas.local/book"), open)).resolves.toEqual([]);
    await expect(checkTarget(parseTarget("http://127.0.0.1:8901/book"), open)).rejects.toMatchObject({
      code: "ADDRESS_REFUSED",
    });
  });

  test("an allow-list entry without a port is a configuration error", () => {
    expect(() => parseAllowList("example.org")).toThrowError(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

test("one page has one spelling and one lane", () => {
  expect(canonicalUrl("HTTPS://Example.ORG:443/a?#top")).toBe("https://example.org/a");
  expect(hostLane("https://Example.org/a")).toBe("host:example.org");
  expect(hostLane("http://example.org:8080/a")).toBe("host:example.org:8080");
  const long = `${"sub.".repeat(50)}example.org`;
  expect(hostLane(`http://www.${long}:8080/`)).toHaveLength(128);
  expect(hostLane(`http://www.${long}:8080/`)).toBe(hostLane(`http://${long}:8080/`));
});
