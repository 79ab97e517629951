/** Both ends included, as in HTTP. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A Range header against a file of `size` bytes. Null: send the whole file, because there is no header, it is
 * malformed, or it asks for several ranges (a server may ignore those; players never send them).
 * Source: RFC 9110, section 14.
 */
export const parseRange = (header: string | null, size: number): ByteRange | "unsatisfiable" | null => {
  const parts = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? "");
  if (!parts) return null;
  const [, first = "", last = ""] = parts;
  if (first === "" && last === "") return null;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return null;
  if (start >= size) return "unsatisfiable";
  return { start, end: Math.min(last === "" ? size - 1 : Number(last), size - 1) };
};
