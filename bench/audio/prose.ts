// English-like chapters of any length, the same at every run: narration and dialogue in the proportions of a novel.
const NAMES = ["Mara", "Mr. Oakley", "Tobin", "the ferryman", "Captain Rusk", "Ysolde", "the old woman", "Dr. Fenn"];
const PLACES = ["the mill", "St. Alban's gate", "the upper field", "the ferry", "the archive", "her brother's house"];
const DEEDS = [
  "waited until the bells had stopped",
  "counted the lamps along the river",
  "said nothing about the letter",
  "walked back through the rain",
  "kept the key in a coat that nobody wore any more",
  "had never learned to swim, and did not mean to begin",
];
const REASONS = [
  "because the road was under water",
  "although the light was almost gone",
  "as if it had been agreed upon long before",
  "which was more than anyone had asked for",
  "while the dogs barked on the other bank",
];
const SPEECHES = [
  "You could have told me",
  "There were forty of them, and only one boat",
  "I don't believe in that door, and neither should you",
  "Nobody crosses after dark",
  "It's not the cold; it's the quiet",
];

/** A small generator of numbers (mulberry32): prose must not differ from run to run. */
const dice = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
};

/** About `words` words, one paragraph a line, a scene break now and then. */
export const prose = (words: number): string => {
  const roll = dice(7);
  const one = (of: readonly string[]): string => of[Math.floor(roll() * of.length)] ?? "";
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  const sentence = (): string => {
    if (roll() < 0.3) return `“${one(SPEECHES)},” said ${one(NAMES)}.`;
    if (roll() < 0.2) return `“${one(SPEECHES)}?”`;
    const place = roll() < 0.5 ? ` at ${one(PLACES)}` : "";
    return `${capital(one(NAMES))}${place} ${one(DEEDS)}, ${one(REASONS)}.`;
  };
  const lines: string[] = [];
  for (let count = 0; count < words;) {
    const paragraph = Array.from({ length: 1 + Math.floor(roll() * 5) }, sentence).join(" ");
    lines.push(roll() < 0.03 ? "* * *" : paragraph);
    count += lines.at(-1)?.match(/\S+/g)?.length ?? 0;
  }
  return lines.join("\n");
};
