import type { Payload, TaskKind } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import { configureLanesOf, createMemoryPorts, ownTask } from "../../src/index.ts";

const url = "http://Site.example:80/b/1#top";
const chapter = { url: "http://site.example/c/9", bookUrl: url, slug: "the-book", chapterId: "c9" };
const narration = { slug: "the-book", chapter: 9, voice: "edge:en-US-GuyNeural" };

const standings: readonly [TaskKind, Payload, Record<string, unknown>][] = [
  ["scrape.catalogue", { url }, { lane: "host:site.example", key: "scrape.catalogue:http://site.example/b/1" }],
  ["scrape.book", { url }, { lane: "host:site.example", key: "scrape.book:http://site.example/b/1", priority: 0 }],
  [
    "scrape.book",
    { url, narrate: "flite:rms" },
    {
      key: "scrape.book:http://site.example/b/1",
      payload: { url: "http://site.example/b/1", narrate: "flite:rms" },
    },
  ],
  [
    "scrape.book_range",
    { url, fromChapter: 2, toChapter: 5 },
    { key: "scrape.book_range:http://site.example/b/1:2-5" },
  ],
  ["scrape.chapter", chapter, { lane: "host:site.example", key: "scrape.chapter:c9", priority: 10, payload: chapter }],
  [
    "narrate.chapter",
    narration,
    { lane: "voice:edge", key: "the-book/9/edge:en-US-GuyNeural", priority: 10, group: "narrate:the-book" },
  ],
];

test.each(standings)("%s stands where its payload says, and once", (kind, payload, standing) => {
  expect(ownTask(kind, payload)).toMatchObject({ kind, keyMode: "keep_first", ...standing });
});

test("lanes of sites and of foreign voices get their limits, our own voice's has none", async () => {
  const { queue } = createMemoryPorts();
  const tasks = [
    ownTask("scrape.book", { url }),
    ownTask("narrate.chapter", narration),
    ownTask("narrate.chapter", { ...narration, voice: "flite:rms" }),
  ];
  await configureLanesOf(queue, tasks, 700);
  await queue.add(tasks);
  const lanes = await queue.listLanes(10);
  expect(Object.fromEntries(lanes.map(({ name, concurrency, gapMs }) => [name, [concurrency, gapMs]]))).toEqual({
    "host:site.example": [1, 700],
    "voice:edge": [3, 0],
    "voice:flite": [null, 0],
  });
});
