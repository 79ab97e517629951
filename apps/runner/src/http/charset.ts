import { analyse } from "chardet";
import sniffEncoding from "html-encoding-sniffer";

/** What the sniffer answers for a page that declares nothing; no decoder knows it. */
const UNDECLARED = "undeclared";

const GUESSED_FROM = 512 * 1024;

const bomOf = (bytes: Buffer): string | null => {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return null;
};

const isKnown = (label: string): boolean => {
  try {
    return new TextDecoder(label).encoding !== "replacement";
  } catch {
    return false;
  }
};

/** Share of what is not ASCII that does not decode as UTF-8, 0 to 1: a cut or mixed-in character is no other encoding. */
const brokenUtf8 = (bytes: Buffer): number => {
  const odd = new TextDecoder("utf-8").decode(bytes).match(/[^\0-\x7f]/g) ?? [];
  return odd.length === 0 ? 0 : odd.filter((character) => character === "\uFFFD").length / odd.length;
};

/** chardet guesses best on the words alone: tags and scripts are ASCII and drown a short page. */
const guess = (bytes: Buffer): string | null => {
  const page = bytes.subarray(0, GUESSED_FROM).toString("latin1");
  const [head = "", ...rest] = page.split(/<script/i);
  const words = [head, ...rest.map((part) => part.split(/<\/script/i, 2)[1] ?? "")].join(" ").replace(/<[^<>]*>/g, " ");
  return analyse(Buffer.from(words, "latin1")).find((match) => isKnown(match.name))?.name ?? null;
};

/**
 * The encoding of an HTML page: byte order mark, then the HTTP header, then the page's own `<meta>`, then UTF-8 if it
 * decodes without an error, then a statistical guess, then windows-1252. A declaration is passed over when no decoder
 * knows it, or when it says UTF-8 and a tenth of the page is not.
 */
export const charsetOf = (bytes: Buffer, contentType: string): string => {
  const bom = bomOf(bytes);
  if (bom !== null) return bom;
  const broken = brokenUtf8(bytes);
  const header = /charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1];
  const declared = header ?? sniffEncoding(bytes, { defaultEncoding: UNDECLARED });
  const believable = broken < 0.1 || !/^utf-?8$/i.test(declared ?? "");
  if (declared !== null && believable && isKnown(declared)) return declared;
  if (broken === 0) return "utf-8";
  return guess(bytes) ?? "windows-1252";
};

export const decodeHtml = (bytes: Buffer, contentType: string): string =>
  new TextDecoder(charsetOf(bytes, contentType)).decode(bytes);
