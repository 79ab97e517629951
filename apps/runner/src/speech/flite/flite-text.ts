/** Letters and signs that Unicode does not take apart into ASCII ones. */
const SPELLED: ReadonlyMap<string, string> = new Map([
  ..."‘’‚‛′`´".split("").map((sign) => [sign, "'"] as const),
  ..."“”„‟″«»「」『』".split("").map((sign) => [sign, '"'] as const),
  ..."—―".split("").map((sign) => [sign, ", "] as const),
  ..."‐‑–−".split("").map((sign) => [sign, "-"] as const),
  ["…", "..."],
  ["ß", "ss"],
  ["æ", "ae"],
  ["Æ", "Ae"],
  ["œ", "oe"],
  ["Œ", "Oe"],
  ["ø", "o"],
  ["Ø", "O"],
  ["ł", "l"],
  ["Ł", "L"],
  ["đ", "d"],
  ["Đ", "D"],
  ["ð", "d"],
  ["Ð", "D"],
  ["þ", "th"],
  ["Þ", "Th"],
  ["ı", "i"],
  ["&", " and "],
  ["£", " pounds "],
  ["€", " euros "],
  ["°", " degrees "],
  ["×", " times "],
]);

/** A "word" of 5,000 letters keeps the engine busy for 48 s. */
const LONGEST_TOKEN = 60;

const toAscii = (text: string): string =>
  Array.from(text, (sign) => SPELLED.get(sign) ?? sign)
    .join("")
    .normalize("NFKD")
    // What is left above ASCII would be read as junk: accents come off, other scripts and emoji fall out.
    .replace(/\p{M}+/gu, "")
    .replace(/[^\x20-\x7E]+/g, " ");

/**
 * The text as flite can read it: printable ASCII, one line, no token over 60 characters, no decoration that it would
 * spell out. Empty when no letter or digit is left.
 */
export const fliteText = (text: string): string => {
  const ascii = toAscii(text)
    .replace(/[*_~#^|\\<>{}[\]=]+/g, " ")
    .replace(/([A-Za-z])\1{3,}/g, "$1$1$1")
    .replace(/([!?,;:-])\1+/g, "$1")
    .replace(/\.{4,}/g, "...")
    .split(/\s+/)
    .map((token) => token.slice(0, LONGEST_TOKEN))
    .join(" ")
    .trim();
  return /[A-Za-z0-9]/.test(ascii) ? ascii : "";
};
