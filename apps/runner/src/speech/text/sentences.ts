/** A sentence of the source. */
export interface SourceSentence {
  /** Exactly as it stands in the source, without the white space around it. */
  readonly text: string;
  /** 0-based line of the source. */
  readonly paragraph: number;
}

/** A full stop after these ends no sentence. */
const TITLES = new Set(
  "mr mrs ms mx dr st prof rev jr hon capt cpt col gen lt sgt maj cmdr gov messrs mme mlle mt vs approx".split(" "),
);
/** A full stop between these and a number ends no sentence; "No. I will not." is two. */
const COUNTERS = new Set("no nos vol vols ch chap fig p pp".split(" "));
const LAST_WORD = /(?:^|[\s([{"'“‘—–-])((?:\p{L}\.)*\p{L}+)\.$/u;

/** True when `before` ends in an abbreviation or an initial (`Mr.`, `J.`, `e.g.`), so that the sentence goes on. */
const endsInAbbreviation = (before: string, next: string): boolean => {
  const word = LAST_WORD.exec(before)?.[1];
  if (word === undefined) return false;
  if (TITLES.has(word.toLowerCase())) return true;
  if (COUNTERS.has(word.toLowerCase())) return /^\d/.test(next);
  // `J. R. Oak`, but "It was I." ends.
  return (/^\p{Lu}$/u.test(word) && word !== "I") || /^(?:e\.g|i\.e)$/i.test(word);
};

const goesOn = (before: string, next: string): boolean => {
  // Closing quotes and stray dots belong to what they close; so does a tag after a quoted question: "Why?" he said.
  if (!/[\p{L}\p{N}]/u.test(next)) return true;
  if (/^\p{Ll}/u.test(next)) return true;
  return endsInAbbreviation(before.trimEnd(), next);
};

/** Start and end of each sentence of a paragraph, white space included. */
const segmentsOf = (paragraph: string, segmenter: Intl.Segmenter): string[] => {
  const merged: string[] = [];
  for (const { segment } of segmenter.segment(paragraph)) {
    const before = merged.at(-1);
    if (before !== undefined && goesOn(before, segment.trimStart())) merged[merged.length - 1] = before + segment;
    else merged.push(segment);
  }
  return merged;
};

/**
 * The sentences of a plain text with one paragraph a line. Nothing but white space between sentences is left out.
 * `language` (BCP 47) helps where a script has its own full stops.
 */
export const splitSentences = (text: string, language: string): SourceSentence[] => {
  const segmenter = new Intl.Segmenter(language, { granularity: "sentence" });
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .flatMap((line, paragraph) => segmentsOf(line, segmenter).map((segment) => ({ text: segment.trim(), paragraph })))
    .filter((sentence) => sentence.text !== "");
};
