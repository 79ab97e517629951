export * from "./memory-library.ts";
export * from "./pocketbase-library.ts";
export * from "./ports.ts";
export { parseRange, type ByteRange } from "./byte-range.ts";
export { countWords, textHash } from "./text.ts";
