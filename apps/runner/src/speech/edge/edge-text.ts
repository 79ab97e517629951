/** What the service was seen to take in one request: 4,096 bytes of escaped text, some four and a half minutes. */
const MOST_BYTES = 4096;
const MOST_CHARACTERS = 1500;
/** The first words should be heard soon. */
const FIRST_CHARACTERS = 250;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
]);

/** Text for the inside of an XML element. */
export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES.get(sign) ?? sign);

/**
 * The text as it may be sent: characters that XML knows, whole surrogate pairs, and nothing that looks like a header
 * of the service's protocol. The service echoes the words it speaks, and the client searches whole messages for
 * `Path:turn.end`: a chapter with these words would end its own narration. Empty when no letter or digit is left.
 */
export const edgeText = (text: string): string => {
  const clean = text
    .toWellFormed()
    // oxlint-disable-next-line no-control-regex -- these are the characters that XML 1.0 forbids
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFE\uFFFF]+/g, " ")
    .replace(/\b(Path|X-RequestId|X-StreamId|X-Timestamp|Content-Type)\s*:/gi, "$1 ")
    .trim();
  return /[\p{L}\p{N}]/u.test(clean) ? clean : "";
};

/** Whether one request may speak `text`. */
export const fitsEdge = (text: string, isFirst: boolean): boolean =>
  text.length <= (isFirst ? FIRST_CHARACTERS : MOST_CHARACTERS) &&
  Buffer.byteLength(escapeXml(text.toWellFormed())) <= MOST_BYTES;
