import { ChapterhouseError } from "@chapterhouse/domain";

/** True for errors that say nothing about the request: it may have been done or not, and trying again may work. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof ChapterhouseError && (error.code === "STORE_UNREACHABLE" || error.code === "SERVER_UNREACHABLE");
