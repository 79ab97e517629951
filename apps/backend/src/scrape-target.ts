import { ChapterhouseError, canonicalUrl, checkTarget, parseTarget, type TargetRules } from "@chapterhouse/domain";

/** A resolver that is out of reach says nothing about the address; the runner asks its own before it connects. */
const isResolverAway = (error: unknown): boolean =>
  error instanceof ChapterhouseError &&
  error.code === "HOST_UNRESOLVED" &&
  error.cause instanceof Error &&
  "code" in error.cause &&
  error.cause.code === "EAI_AGAIN";

/**
 * The canonical form of an address that someone wants scraped.
 * Throws `BAD_URL`, `ADDRESS_REFUSED`, `HOST_UNRESOLVED`.
 */
export const scrapeTarget = async (text: string, rules: TargetRules): Promise<string> => {
  const url = parseTarget(text);
  try {
    await checkTarget(url, rules);
  } catch (error) {
    if (!isResolverAway(error)) throw error;
  }
  return canonicalUrl(url);
};
