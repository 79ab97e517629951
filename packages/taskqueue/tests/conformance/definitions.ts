import { expect, test } from "vitest";
import { claimBy, claimOne, addOne, done, fenceOf, type Open, settleOne, taskOf } from "./queue-under-test.ts";

const KIND = "mail.send";
const definition = {
  kind: KIND,
  title: "Send a mail",
  description: "To one address",
  payloadSchema: { type: "object", required: ["to"] },
  defaults: { payload: { from: "a@example.org" }, lane: "mail", priority: 5, maxAttempts: 2, flags: ["outside"] },
};

export const definitionsSuite = (open: Open): void => {
  test("definitions are made and changed by runners, and listed by kind", async () => {
    const { backendPorts, runnerPorts } = await open();
    expect(await backendPorts.definitions.listDefinitions()).toEqual([]);
    await runnerPorts.definitions.define([definition, { kind: "a.first", title: "First" }]);
    const [first, second] = await backendPorts.definitions.listDefinitions();
    expect(second).toMatchObject({ ...definition, status: "active", removedAt: null });
    expect(first).toMatchObject({ kind: "a.first", description: "", payloadSchema: null, defaults: {} });
    await runnerPorts.definitions.define([{ kind: KIND, title: "Send mail" }]);
    const [, changed] = await backendPorts.definitions.listDefinitions();
    expect(changed).toMatchObject({ title: "Send mail", description: "", payloadSchema: null, defaults: {} });
    expect(changed?.createdAt).toBe(second?.createdAt);
  });

  test("a disabled kind refuses new tasks, children too, and holds those that wait until it is active again", async () => {
    const queue = await open();
    const { definitions } = queue.backendPorts;
    await queue.runnerPorts.definitions.define([definition]);
    await queue.backend.add([taskOf("other"), taskOf(KIND)]);
    const answer = await definitions.setDefinitionStatus(KIND, "disabled");
    expect(answer).toMatchObject({ kind: KIND, status: "disabled" });
    const disabled = { code: "KIND_DISABLED" };
    await expect(queue.backend.add([taskOf("other"), taskOf(KIND)])).rejects.toMatchObject(disabled);
    const [parent, ...rest] = await claimBy(queue, { kinds: [KIND, "other"] });
    expect([parent?.kind, rest]).toEqual(["other", []]);
    if (!parent) throw new Error("nothing was claimable");
    await expect(queue.runner.add([taskOf(KIND)], fenceOf(parent))).rejects.toMatchObject(disabled);
    expect((await queue.backend.list({ limit: 10 })).items).toHaveLength(2);

    await definitions.setDefinitionStatus(KIND, "active");
    expect(await claimBy(queue, { kinds: [KIND] })).toHaveLength(1);
  });

  test("one that runs when its kind is disabled goes on", async () => {
    const queue = await open();
    await queue.runnerPorts.definitions.define([{ kind: "scrape.book", title: "Book" }]);
    await addOne(queue);
    const task = await claimOne(queue);
    await queue.backendPorts.definitions.setDefinitionStatus("scrape.book", "disabled");
    expect(await settleOne(queue, task, done)).toBe("done");
  });

  test("a removed definition refuses and holds as a disabled one, is listed when asked for, and comes back as it was", async () => {
    const queue = await open();
    const { definitions } = queue.backendPorts;
    await queue.runnerPorts.definitions.define([definition]);
    await queue.backend.add([taskOf(KIND)]);
    const removed = await definitions.removeDefinition(KIND);
    expect(removed.removedAt).not.toBeNull();
    expect(await definitions.listDefinitions()).toEqual([]);
    expect(await definitions.listDefinitions({ removed: true })).toEqual([removed]);
    await expect(queue.backend.add([taskOf(KIND)])).rejects.toMatchObject({ code: "KIND_DISABLED" });
    expect(await claimBy(queue, { kinds: [KIND] })).toEqual([]);
    expect(await definitions.restoreDefinition(KIND)).toMatchObject({ ...definition, removedAt: null });
    expect(await claimBy(queue, { kinds: [KIND] })).toHaveLength(1);
  });

  test("a runner that starts changes neither status nor removal", async () => {
    const { backendPorts, runnerPorts } = await open();
    await runnerPorts.definitions.define([definition]);
    await backendPorts.definitions.setDefinitionStatus(KIND, "disabled");
    await backendPorts.definitions.removeDefinition(KIND);
    await runnerPorts.definitions.define([definition]);
    const [still] = await backendPorts.definitions.listDefinitions({ removed: true });
    expect(still?.status).toBe("disabled");
    expect(still?.removedAt).not.toBeNull();
  });

  test("a kind without a definition is active, and an unknown definition is DEFINITION_NOT_FOUND", async () => {
    const queue = await open();
    const { definitions } = queue.backendPorts;
    expect((await addOne(queue, taskOf(KIND))).status).toBe("pending");
    const missing = { code: "DEFINITION_NOT_FOUND" };
    await expect(definitions.setDefinitionStatus(KIND, "disabled")).rejects.toMatchObject(missing);
    await expect(definitions.removeDefinition(KIND)).rejects.toMatchObject(missing);
    await expect(definitions.restoreDefinition(KIND)).rejects.toMatchObject(missing);
  });
};
