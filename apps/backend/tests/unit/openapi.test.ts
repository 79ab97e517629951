import { ROUTES } from "@chapterhouse/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAppUnderTest } from "./app-under-test.ts";

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly responses?: Readonly<Record<string, unknown>>;
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: unknown }[];
}

const { app } = createAppUnderTest();
let document: {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
};
beforeAll(async () => {
  document = (await app.inject({ url: ROUTES.openapi })).json();
});
afterAll(() => app.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

const references = (value: unknown): string[] => {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string" ? [inner] : references(inner),
  );
};

describe("the OpenAPI document", () => {
  test("is of version 3.1 and names every route", () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: "Chapterhouse", version: "1.2.3" });
    const paths = Object.values(ROUTES).map((route) => route.replace(/:(\w+)/g, "{$1}"));
    expect(Object.keys(document.paths).toSorted()).toEqual(paths.toSorted());
  });

  test("describes each operation, its parameters and its answers", () => {
    for (const { path, method, operation } of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
      expect({ path, method, named: declared.map(({ name }) => name) }).toEqual({ path, method, named });
      expect(declared.every(({ required }) => required === true)).toBe(true);
      expect(operation.summary).toBeTruthy();
      expect(operation.tags).toHaveLength(1);
      const statuses = Object.keys(operation.responses ?? {});
      expect(statuses.some((status) => /^(101|[23]\d\d)$/.test(status))).toBe(true);
      expect(statuses.includes("401")).toBe(!["/health", "/ready", "/openapi.json"].includes(path));
    }
  });

  test("has every schema that it refers to, and the vocabulary's names", () => {
    for (const reference of references(document)) {
      expect(reference).toMatch(/^#\/components\/schemas\/\w+$/);
      expect(document.components.schemas).toHaveProperty(reference.split("/").at(-1) ?? "");
    }
    const names = Object.keys(document.components.schemas);
    for (const name of ["Task", "Book", "Chapter", "Narration", "Status", "Error"]) expect(names).toContain(name);
  });

  test("has a page that brings all it needs", async () => {
    const page = await app.inject({ url: "/docs" });
    expect(page.statusCode).toBe(200);
    const needs = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = ""]) => address);
    expect(needs.length).toBeGreaterThan(0);
    for (const address of needs) {
      const { pathname, host } = new URL(address, "http://localhost/docs");
      expect(host).toBe("localhost");
      expect((await app.inject({ url: pathname })).statusCode).toBe(200);
    }
    expect(page.body).not.toMatch(/<script>/);
  });
});
