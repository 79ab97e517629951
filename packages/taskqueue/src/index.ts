export * from "./handler.ts";
export * from "./ports.ts";
