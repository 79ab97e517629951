import { isAddress, isPublicAddress } from "./address.ts";
import { ChapterhouseError } from "./errors.ts";

/** Resolves a host name to all its IP addresses. Rejects when the name does not resolve. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface TargetRules {
  /** `host:port` pairs that are open whatever they resolve to: an operator's own sites, tests, the demo. */
  readonly allow: ReadonlySet<string>;
  readonly resolve: Resolve;
}

/** `host:port` of a URL, with the scheme's default port written out. */
export const hostAndPort = (url: URL): string =>
  `${url.hostname.replace(/^\[|\]$/g, "")}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;

/** Reads a `host:port, host:port` list. Throws `CONFIG_INVALID` naming the entry that is none. */
export const parseAllowList = (text: string): ReadonlySet<string> => {
  const entries = text
    .split(/[\s,]+/)
    .map((entry) => entry.trim().toLowerCase())
    .filter(Boolean);
  for (const entry of entries) {
    if (!/^.+:\d{1,5}$/.test(entry)) {
      throw new ChapterhouseError("CONFIG_INVALID", `"${entry}" is not host:port`, { details: { entry } });
    }
  }
  return new Set(entries);
};

/** Parses an address someone gave us: http or https, no credentials. Throws `BAD_URL`. */
export const parseTarget = (text: string): URL => {
  const bad = (reason: string) =>
    new ChapterhouseError("BAD_URL", `${reason}: ${text.slice(0, 200)}`, { details: { url: text.slice(0, 2048) } });
  if (!URL.canParse(text)) throw bad("Not a URL");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw bad("Only http and https are scraped");
  if (url.username || url.password) throw bad("Credentials in a URL are not accepted");
  return url;
};

/**
 * The SSRF guard's verdict on one address: the IP addresses that may be connected to. The caller connects to exactly
 * these and asks again for every redirect, so that a name cannot change its mind in between.
 * Throws `ADDRESS_REFUSED` when any of them is not public, `HOST_UNRESOLVED` when there is none.
 * An empty list means the host is on the allow-list and resolves as the system says.
 */
export const checkTarget = async (url: URL, rules: TargetRules): Promise<readonly string[]> => {
  if (rules.allow.has(hostAndPort(url))) return [];
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const refuse = (address: string) =>
    new ChapterhouseError(
      "ADDRESS_REFUSED",
      `${host} is not a public address${address === host ? "" : ` (${address})`}`,
      {
        details: { host, address },
      },
    );
  if (isAddress(host)) {
    if (!isPublicAddress(host)) throw refuse(host);
    return [host];
  }
  if (/(?:^|\.)localhost$/i.test(host)) throw refuse("loopback");
  let addresses: readonly string[];
  try {
    addresses = await rules.resolve(host);
  } catch (cause) {
    throw new ChapterhouseError("HOST_UNRESOLVED", `${host} does not resolve`, { details: { host }, cause });
  }
  if (addresses.length === 0) {
    throw new ChapterhouseError("HOST_UNRESOLVED", `${host} does not resolve`, { details: { host } });
  }
  const closed = addresses.find((address) => !isPublicAddress(address));
  if (closed !== undefined) throw refuse(closed);
  return addresses;
};

/** One spelling per page: no fragment, no default port, host in lower case, no empty query. */
export const canonicalUrl = (text: string | URL): string => {
  const url = new URL(text);
  url.hash = "";
  // Reads as "" for a lone question mark too; only writing removes the mark.
  if (url.search === "") url.search = "";
  return url.href;
};

const LONGEST_LANE = 128;

/**
 * The lane of all requests to a site. Of a name that is too long for a lane its end stands: sites that share it share a
 * lane, which is too polite rather than too little.
 */
export const hostLane = (url: string | URL): string => `host:${new URL(url).host.slice(-(LONGEST_LANE - 5))}`;

/** The lane of all narrations by one engine, named by its voices' prefix. */
export const voiceLane = (voice: string): string => `voice:${voice.split(":", 1)[0]}`.slice(0, LONGEST_LANE);
