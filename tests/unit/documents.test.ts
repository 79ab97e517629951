import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const pages = globSync(["*.md", "docs/**/*.md"], { cwd: root }).toSorted();

/** GitHub's name for a heading: lower case, no punctuation, hyphens for spaces. */
const anchorsOf = (path: string): readonly string[] =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );

const isDead = (page: string, link: string): boolean => {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page : join(dirname(page), file);
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).includes(anchor);
};

describe("documents", () => {
  test.each(pages)("%s links to what is there", (page) => {
    const text = read(page).replaceAll(/^```.*?^ *```/gms, "");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => !/^[a-z]+:/.test(link) && isDead(page, link))).toEqual([]);
  });

  test("the README's walk leads through files that are there", () => {
    const walk = [...read("README.md").matchAll(/`((?:apps|packages)\/[^`\s]+)`/g)].map(([, path = ""]) => path);
    expect(walk.length).toBeGreaterThanOrEqual(6);
    expect(walk.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe("every name of other queues has a row whose test is there", () => {
  const rows = [...read("docs/coming-from-other-queues.md").matchAll(/\| `([\w/.-]+\.ts)`: (.+?) \|$/gm)];

  test("there are rows", () => expect(rows.length).toBeGreaterThan(80));

  test.each([...new Set(rows.map(([, file = "", title = ""]) => `${file}: ${title}`))])("%s", (row) => {
    const [file = "", ...title] = row.split(": ");
    const path = /^(?:apps|tests)\//.test(file) ? file : `packages/taskqueue/tests/${file}`;
    expect(read(path)).toContain(title.join(": "));
  });
});

describe("the Dockerfile", () => {
  const dockerfile = read("Dockerfile");

  test("knows the manifest of every part of the workspace", () => {
    const manifests = globSync("{apps,packages}/*/package.json", { cwd: root });
    expect(manifests.filter((path) => !dockerfile.includes(`COPY ${path} ${dirname(path)}/\n`))).toEqual([]);
  });

  test("installs with the pnpm that a checkout installs with", () => {
    const pnpm = /"(pnpm@[\d.]+)"/.exec(read("scripts/prepare.mjs"))?.[1];
    expect(pnpm).toBeDefined();
    expect(new Set(dockerfile.match(/pnpm@[\d.]+/g))).toEqual(new Set([pnpm]));
  });
});
