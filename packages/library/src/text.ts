import { createHash } from "node:crypto";

/** SHA-256 of the text's UTF-8 bytes, in lower-case hex: whether a narration is still of this text. */
export const textHash = (text: string): string => createHash("sha256").update(text).digest("hex");

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;

/** Words separated by white space; in scripts that write without spaces every character counts as one. */
export const countWords = (text: string): number =>
  text
    .replace(UNSPACED, " $& ")
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

/** Lower case without diacritics, so that "emile" finds "Émile". */
export const fold = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
