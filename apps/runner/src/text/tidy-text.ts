/**
 * Characters that print nothing and only break words for search and speech: controls but tab and line feed, soft
 * hyphen, zero-width space, word joiner, byte order mark. Joiners (U+200C, U+200D) stay: scripts and emoji need them.
 */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const UNPRINTED = /[\0-\x08\x0B-\x1F\x7F-\x9F\u00AD\u180E\u200B\u2060-\u2064\uFEFF]/g;

/** NFC, and nothing in it that cannot be seen. The words stay as they are. */
export const tidyText = (text: string): string => text.normalize("NFC").replace(/\r\n?/g, "\n").replace(UNPRINTED, "");

/** How many letters and digits a text has: a measure of its size that holds for scripts without spaces too. */
export const countLetters = (text: string): number => text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
