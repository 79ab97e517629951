import { TASK_KINDS } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import { builtInDefinitions, createEnqueuer, createMemoryPorts, type NewDefinition } from "../../src/index.ts";

const MAIL: NewDefinition = {
  kind: "mail.send",
  title: "Send a mail",
  payloadSchema: {
    type: "object",
    properties: {
      to: { type: "string", format: "email" },
      from: { type: "string" },
      lines: { type: "array", maxItems: 2 },
    },
    required: ["to"],
    additionalProperties: false,
  },
  defaults: {
    payload: { from: "a@example.org", to: "b@example.org" },
    lane: "mail",
    priority: 5,
    maxAttempts: 2,
    flags: ["slow"],
  },
};

const prepared = async (...definitions: NewDefinition[]) => {
  const ports = createMemoryPorts();
  await ports.definitions.define(definitions);
  return { ...ports, enqueue: createEnqueuer(ports) };
};

test("what a task does not say, its definition says", async () => {
  const { enqueue } = await prepared(MAIL);
  const [plain, own] = await enqueue([
    { kind: MAIL.kind, payload: {} },
    { kind: MAIL.kind, payload: { to: "c@example.org" }, lane: "other", priority: 0, maxAttempts: 9, flags: [] },
  ]);
  expect(plain).toMatchObject({
    created: true,
    task: {
      payload: { from: "a@example.org", to: "b@example.org" },
      lane: "mail",
      priority: 5,
      maxAttempts: 2,
      flags: ["slow"],
    },
  });
  expect(own?.task).toMatchObject({
    payload: { from: "a@example.org", to: "c@example.org" },
    lane: "other",
    priority: 0,
    maxAttempts: 9,
    flags: [],
  });
});

test.each([
  [
    "a required field is missing",
    { ...MAIL, defaults: {} },
    {},
    [{ path: "", message: "must have required property 'to'" }],
  ],
  ["a format does not fit", MAIL, { to: "nobody" }, [{ path: "/to", message: 'must match format "email"' }]],
  ["a list is too long", MAIL, { lines: [1, 2, 3] }, [{ path: "/lines", message: "must NOT have more than 2 items" }]],
  ["a field is not known", MAIL, { cc: "x" }, [{ path: "", message: "must not have cc" }]],
  ["a list stands in its place", MAIL, ["b@example.org"], [{ path: "", message: "must be object" }]],
  ["two things are wrong", MAIL, { to: 3, lines: 4 }, [{ path: "/to" }, { path: "/lines" }]],
] as const)("PAYLOAD_INVALID says what is wrong: %s", async (_, definition, payload, problems) => {
  const { enqueue, queue } = await prepared(definition);
  const tasks = [
    { kind: MAIL.kind, payload: { to: "b@example.org" } },
    { kind: MAIL.kind, payload },
  ];
  const error = { code: "PAYLOAD_INVALID", details: { index: 1, kind: MAIL.kind, problems } };
  await expect(enqueue(tasks)).rejects.toMatchObject(error);
  expect(await queue.counts()).toEqual({});
});

test("required fields are wanted also where no properties are named, and conditions hold", async () => {
  const { enqueue } = await prepared(
    { kind: "a", title: "A", payloadSchema: { required: ["x"] } },
    { kind: "b", title: "B", payloadSchema: { dependentRequired: { x: ["y"] } } },
  );
  await expect(enqueue([{ kind: "a", payload: {} }])).rejects.toMatchObject({ code: "PAYLOAD_INVALID" });
  await expect(enqueue([{ kind: "b", payload: { x: 1 } }])).rejects.toMatchObject({ code: "PAYLOAD_INVALID" });
  expect(await enqueue([{ kind: "b", payload: { x: 1, y: 2 } }])).toMatchObject([{ created: true }]);
});

test("a kind without a definition is not enqueued; one that is disabled or removed is refused", async () => {
  const { enqueue, definitions } = await prepared(MAIL);
  const mail = [{ kind: MAIL.kind, payload: {} }];
  const missing = { code: "DEFINITION_NOT_FOUND", details: { index: 1, kind: "none" } };
  await expect(enqueue([...mail, { kind: "none", payload: {} }])).rejects.toMatchObject(missing);
  await definitions.setDefinitionStatus(MAIL.kind, "disabled");
  await expect(enqueue(mail)).rejects.toMatchObject({ code: "KIND_DISABLED" });
  await definitions.setDefinitionStatus(MAIL.kind, "active");
  await definitions.removeDefinition(MAIL.kind);
  await expect(enqueue(mail)).rejects.toMatchObject({ code: "KIND_DISABLED" });
});

test("what is no task at all is told before its definition is looked for", async () => {
  const { enqueue } = await prepared();
  await expect(enqueue([{ kind: "", payload: {} }])).rejects.toMatchObject({ code: "KIND_INVALID" });
});

test("a definition that changes is obeyed at once; one whose schema is none is told so", async () => {
  const { enqueue, definitions } = await prepared(MAIL);
  await enqueue([{ kind: MAIL.kind, payload: {} }]);
  await definitions.define([{ ...MAIL, payloadSchema: { required: ["subject"] } }]);
  await expect(enqueue([{ kind: MAIL.kind, payload: {} }])).rejects.toMatchObject({ code: "PAYLOAD_INVALID" });
  await definitions.define([{ ...MAIL, payloadSchema: { type: "letter" } }]);
  await expect(enqueue([{ kind: MAIL.kind, payload: {} }])).rejects.toThrow("is not valid JSON Schema");
  await definitions.define([{ ...MAIL, payloadSchema: null }]);
  expect(await enqueue([{ kind: MAIL.kind, payload: { anything: true } }])).toMatchObject([{ created: true }]);
});

test("each of our kinds has a definition whose schema takes its payload and refuses another", async () => {
  const { enqueue } = await prepared(...builtInDefinitions());
  const url = "http://site.example/b/1";
  const chapter = { url, bookUrl: url, slug: "a-book", chapterId: "c1" };
  const payloads = {
    "scrape.catalogue": { url },
    "scrape.book": { url },
    "scrape.book_range": { url, fromChapter: 1, toChapter: 2 },
    "scrape.chapter": chapter,
    "narrate.chapter": { slug: "a-book", chapter: 1, voice: "flite:rms" },
  };
  expect(builtInDefinitions().map(({ kind }) => kind)).toEqual(TASK_KINDS);
  for (const kind of TASK_KINDS) {
    expect(await enqueue([{ kind, payload: payloads[kind] }])).toMatchObject([{ created: true }]);
    await expect(enqueue([{ kind, payload: { url: 3 } }])).rejects.toMatchObject({ code: "PAYLOAD_INVALID" });
  }
});
