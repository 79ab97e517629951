/**
 * Finds a narration's sentences in the page's text.
 *
 * The narrator worked on the chapter's plain text, the page shows its HTML: the same words, differently spaced and cut
 * into text nodes at every emphasis. So both are compared without white space, and a map leads from each remaining
 * letter back to its node. Sentences follow one another; one that is not found (a title that is spoken but not shown)
 * is left out and does not disturb those after it.
 */

/** A place between two characters: `node` counts the text nodes in document order, `offset` UTF-16 units within it. */
export interface Place {
  readonly node: number;
  readonly offset: number;
}

export interface Span {
  readonly start: Place;
  readonly end: Place;
}

/**
 * How many letters a sentence may skip, at most and for each letter of its own: a long one finds its way past a whole
 * caption, while a lost "No." is not caught by the next "no" of the page, which would throw all that follow off.
 */
const REACH = 1_500;
const REACH_A_LETTER = 8;

/** One span for each sentence, or null for one that does not occur. `nodes`: the text of each text node, in order. */
export const sentenceSpans = (nodes: readonly string[], sentences: readonly string[]): readonly (Span | null)[] => {
  const page = lettersOf(nodes);
  let cursor = 0;
  return sentences.map((sentence) => {
    const letters = lettersOf([sentence]).text;
    if (letters === "") return null;
    const reach = Math.min(REACH, letters.length * REACH_A_LETTER);
    const found = page.text.slice(cursor, cursor + reach + letters.length).indexOf(letters);
    if (found === -1) return null;
    const first = cursor + found;
    const last = first + letters.length - 1;
    cursor = last + 1;
    return { start: page.place(first, 0), end: page.place(last, 1) };
  });
};

/** The sentence that covers `place`, by its index; -1 for none. */
export const sentenceAtPlace = (spans: readonly (Span | null)[], place: Place): number =>
  spans.findIndex((span) => span !== null && !isBefore(place, span.start) && isBefore(place, span.end));

/** The sentence being spoken at `ms`: the last one that has begun. -1 before the first. Times ascend. */
export const sentenceAtTime = (sentences: readonly { readonly startMs: number }[], ms: number): number => {
  let low = 0;
  let high = sentences.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sentences[middle]?.startMs ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

const isBefore = (a: Place, b: Place): boolean => a.node < b.node || (a.node === b.node && a.offset < b.offset);

const INVISIBLE = /[\s\u00AD\u200B-\u200D\u2060\uFEFF]/;
const FOLDED: Readonly<Record<string, string>> = {
  "\u2018": "'",
  "\u2019": "'",
  "\u201C": '"',
  "\u201D": '"',
  "\u2010": "-",
  "\u2011": "-",
  "\u2013": "-",
  "\u2014": "-",
};

/** All visible characters in a row, typographic variants folded one to one, and the way back to where each stood. */
const lettersOf = (nodes: readonly string[]) => {
  const letters: string[] = [];
  const at: Place[] = [];
  for (const [node, text] of nodes.entries()) {
    for (let offset = 0; offset < text.length; offset += 1) {
      const letter = text.charAt(offset);
      if (INVISIBLE.test(letter)) continue;
      letters.push(FOLDED[letter] ?? letter);
      at.push({ node, offset });
    }
  }
  const place = (index: number, add: 0 | 1): Place => {
    const { node, offset } = at[index] ?? { node: 0, offset: 0 };
    return { node, offset: offset + add };
  };
  return { text: letters.join(""), place };
};
