export * from "./binary.ts";
export * from "./connection.ts";
export * from "./ports.ts";
export * from "./secrets.ts";
export * from "./server.ts";
export * from "./temporary-store.ts";
