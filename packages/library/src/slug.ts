import { fold } from "./text.ts";

const LETTERS: Readonly<Record<string, string>> = {
  æ: "ae",
  œ: "oe",
  ø: "o",
  ß: "ss",
  ð: "d",
  þ: "th",
  đ: "d",
  ł: "l",
  ı: "i",
};

const MAX_LENGTH = 100;

const slugify = (text: string): string => {
  const ascii = fold(text)
    .replace(/[æœøßðþđłı]/g, (letter) => LETTERS[letter] ?? "")
    .replace(/['’]/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  if (ascii.length <= MAX_LENGTH) return ascii;
  return ascii.slice(0, ascii.lastIndexOf("-", MAX_LENGTH) > 0 ? ascii.lastIndexOf("-", MAX_LENGTH) : MAX_LENGTH);
};

/**
 * What a new book would like to be called in addresses: its title in ASCII, else (a title in another script) the last
 * part of its own address, else "book". At most 100 characters, so that a suffix against doubles still fits.
 */
export const slugFor = (title: string, url: string): string => {
  const fromTitle = slugify(title);
  const isWhole = /[a-z]/.test(fromTitle) || !/\p{L}/u.test(title);
  if (fromTitle && isWhole) return fromTitle;
  const lastPart = new URL(url).pathname.split("/").findLast(Boolean) ?? "";
  let decoded = lastPart;
  try {
    decoded = decodeURIComponent(lastPart);
  } catch {
    // A stray percent sign: taken as it stands.
  }
  return slugify(decoded.replace(/\.[a-z]{2,5}$/i, "")) || fromTitle || "book";
};
