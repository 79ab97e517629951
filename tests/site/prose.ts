/** Plain, speakable English made from a seed: the same words for the same seed, other words for another. */
const SUBJECTS = ["The keeper", "A tired clerk", "The ferryman", "Her brother", "The old cartographer", "Nobody"];
const VERBS = ["counted", "remembered", "carried", "lost", "described", "repaired"];
const OBJECTS = [
  "the lamps along the quay",
  "a letter without a name",
  "three boxes of salt",
  "the last map of the island",
];
const ENDS = ["before the tide turned", "while the town slept", "as if it were a promise", "and told no one about it"];

const pick = (words: readonly string[], at: number) => words[at % words.length] ?? "";

export const sentence = (seed: number): string =>
  `${pick(SUBJECTS, seed * 7 + 3)} ${pick(VERBS, seed * 5 + 1)} ${pick(OBJECTS, seed * 3)} ${pick(ENDS, seed)}, for the ${seed}th time.`;

/** `count` paragraphs of three sentences each. */
export const paragraphs = (seed: number, count: number): string[] =>
  Array.from({ length: count }, (_, p) =>
    Array.from({ length: 3 }, (_, s) => sentence(seed * 100 + p * 3 + s)).join(" "),
  );
