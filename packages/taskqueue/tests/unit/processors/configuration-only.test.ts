import { PAYLOADS } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  BaseFlowProcessor,
  BaseSimpleProcessor,
  defineKind,
  EXECUTION_STATE,
  type PayloadOf,
  type TaskList,
} from "../../../src/index.ts";

const handler = async () => ({ type: "done" }) as const;
const of = (payload: z.ZodType) => () => defineKind({ kind: "some.kind", title: "Some kind", payload, handler });
const refused = (...fields: string[]) =>
  expect.objectContaining({ code: "KIND_INVALID", details: { kind: "some.kind", fields } });

describe("a payload with execution state does not compile", () => {
  const stateful = z.object({ mediaId: z.string(), stepResults: z.record(z.string(), z.unknown()) });

  test("as a kind's", () => {
    expect(() =>
      defineKind({
        kind: "some.kind",
        title: "Some kind",
        // @ts-expect-error -- the compiler says which field it is
        payload: stateful,
        handler,
      }),
    ).toThrow(refused("stepResults"));
  });

  test("as a processor's, and a flow's", () => {
    class Simple extends BaseSimpleProcessor<typeof stateful> {
      readonly kind = "some.kind";
      // @ts-expect-error -- the compiler says which field it is
      readonly payload = stateful;
      async process() {}
    }
    class Flow extends BaseFlowProcessor<typeof stateful> {
      readonly kind = "some.kind";
      // @ts-expect-error -- the compiler says which field it is
      readonly payload = stateful;
      steps() {
        return [];
      }
      async processStep() {}
    }
    expect(() => new Simple().toKinds()).toThrow(refused("stepResults"));
    expect(() => new Flow().toKinds()).toThrow(refused("stepResults"));
  });

  test("whether it is in what is stored or in what is made of it, in one case of several or by a transform", () => {
    const made = z.object({ id: z.string() }).transform(({ id }) => ({ id, attempts: 0 }));
    const either = z.union([z.object({ id: z.string() }), z.object({ progress: z.number() })]);
    // @ts-expect-error -- attempts
    expect(defineKind({ kind: "some.kind", title: "", payload: made, handler }).kind).toBe("some.kind");
    // @ts-expect-error -- progress
    expect(() => defineKind({ kind: "some.kind", title: "", payload: either, handler })).toThrow(refused("progress"));
  });
});

test.each(EXECUTION_STATE)("%s is refused where there are no types", (field) => {
  expect(of(z.object({ [field]: z.unknown() }))).toThrow(refused(field));
});

test.each([
  ["an object of its own", z.object({ filter: z.object({ status: z.string() }) })],
  ["a record", z.record(z.string(), z.number())],
  ["a list", z.array(z.object({ status: z.string() }))],
  ["what JSON Schema cannot say", z.object({ at: z.date() })],
  ["anything", z.unknown()],
])("%s is configuration", (_, payload) => {
  expect(of(payload)).not.toThrow();
});

test.each(Object.entries(PAYLOADS))("the payload of %s is configuration", (_, payload) => {
  expect(of(payload)).not.toThrow();
});

test("a processor's payload is frozen to its depth, for the compiler and at run time", async () => {
  const list = z.object({ urls: z.array(z.object({ href: z.string() })) });
  class Writing extends BaseSimpleProcessor<typeof list> {
    readonly kind = "some.kind";
    readonly payload = list;
    async process({ urls }: PayloadOf<typeof list>) {
      const [first] = urls;
      // @ts-expect-error -- read only
      if (first) first.href = "elsewhere";
    }
  }
  const context = { task: { continuation: false }, signal: new AbortController().signal, lastAttempt: false };
  await expect(new Writing().handler({ urls: [{ href: "here" }] }, context as never)).rejects.toThrow(TypeError);
});

test("a processor of one of our kinds is an entry of the list of handlers", () => {
  class Book extends BaseSimpleProcessor<(typeof PAYLOADS)["scrape.book"]> {
    readonly kind = "scrape.book";
    readonly payload = PAYLOADS["scrape.book"];
    async process({ url }: PayloadOf<(typeof PAYLOADS)["scrape.book"]>) {
      return { url };
    }
  }
  const list: Pick<TaskList, "scrape.book"> = { "scrape.book": new Book() };
  // @ts-expect-error -- a book's processor does no chapters
  const wrong: Pick<TaskList, "scrape.chapter"> = { "scrape.chapter": new Book() };
  expect(Object.keys({ ...list, ...wrong })).toEqual(["scrape.book", "scrape.chapter"]);
});
