import {
  ChapterhouseError,
  canonicalUrl,
  checkTarget,
  hostAndPort,
  parseTarget,
  type TargetRules,
} from "@chapterhouse/domain";

/** A resolver that is out of reach says nothing about the address; the runner asks its own before it connects. */
const isResolverAway = (error: unknown): boolean =>
  error instanceof ChapterhouseError &&
  error.code === "HOST_UNRESOLVED" &&
  error.cause instanceof Error &&
  "code" in error.cause &&
  error.cause.code === "EAI_AGAIN";

/** A request that names more sites than this would keep the resolver busy rather than the queue. */
const MOST_SITES = 50;

const checkSite = async (url: URL, rules: TargetRules): Promise<void> => {
  try {
    await checkTarget(url, rules);
  } catch (error) {
    if (!isResolverAway(error)) throw error;
  }
};

/**
 * Whether all these addresses may be scraped; each site is looked up once, however many of them are its own.
 * Throws `BAD_URL`, `ADDRESS_REFUSED`, `HOST_UNRESOLVED`, and `BAD_REQUEST` for those of more than 50 sites.
 */
export const checkScrapeTargets = async (texts: readonly string[], rules: TargetRules): Promise<void> => {
  const sites = new Map(texts.map(parseTarget).map((url) => [hostAndPort(url), url]));
  if (sites.size > MOST_SITES) {
    const message = `Addresses of ${sites.size} sites in one request; at most ${MOST_SITES} are taken`;
    throw new ChapterhouseError("BAD_REQUEST", message, { details: { sites: sites.size, most: MOST_SITES } });
  }
  await Promise.all([...sites.values()].map((url) => checkSite(url, rules)));
};

/**
 * The canonical form of an address that someone wants scraped.
 * Throws `BAD_URL`, `ADDRESS_REFUSED`, `HOST_UNRESOLVED`.
 */
export const scrapeTarget = async (text: string, rules: TargetRules): Promise<string> => {
  await checkScrapeTargets([text], rules);
  return canonicalUrl(text);
};
