/**
 * Which IP addresses a scrape may reach: globally routable unicast ones. Everything else (private, loopback,
 * link-local, shared, documentation, multicast, reserved, and IPv6 forms that carry such an IPv4 address) is refused.
 * Source: IANA IPv4 and IPv6 special-purpose address registries.
 */
const REFUSED_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** The 32 bits of a dotted IPv4 address, or null. Strict: four decimal parts, no octal or hexadecimal. */
const parseV4 = (text: string): number | null => {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let bits = 0;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    bits = bits * 256 + Number(part);
  }
  return bits;
};

/** The eight 16-bit groups of an IPv6 address (zone and brackets removed), or null. */
const parseV6 = (text: string): number[] | null => {
  let plain = text.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  if (dotted) {
    const bits = parseV4(dotted[2] ?? "");
    if (bits === null) return null;
    plain = `${dotted[1]}${Math.floor(bits / 65_536).toString(16)}:${(bits % 65_536).toString(16)}`;
  }
  const halves = plain.split("::");
  if (halves.length > 2) return null;
  const groups = (half: string | undefined) => (half ? half.split(":") : []);
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const all = [...head, ...Array.from({ length: missing }, () => "0"), ...tail];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return all.map((group) => Number.parseInt(group, 16));
};

const isPublicV4 = (bits: number): boolean =>
  !REFUSED_V4.some(([base, length]) => {
    const size = 2 ** (32 - length);
    return Math.floor(bits / size) === Math.floor((parseV4(base) ?? 0) / size);
  });

const isPublicV6 = (groups: readonly number[]): boolean => {
  const [a = 0, b = 0] = groups;
  const embedded = (high: number) => (groups[high] ?? 0) * 65_536 + (groups[high + 1] ?? 0);
  const zeroUntil = (end: number) => groups.slice(0, end).every((group) => group === 0);
  if (zeroUntil(5) && groups[5] === 0xff_ff) return isPublicV4(embedded(6)); // ::ffff:0:0/96, IPv4-mapped
  if (a === 0x64 && b === 0xff_9b && groups.slice(2, 6).every((group) => group === 0)) return isPublicV4(embedded(6)); // NAT64
  if (a === 0x20_02) return isPublicV4(embedded(1)); // 6to4
  if (a < 0x20_00 || a > 0x3f_ff) return false; // only 2000::/3 is global unicast
  if (a === 0x20_01 && b < 0x02_00) return false; // 2001::/23: Teredo, benchmarking, ORCHID …
  if (a === 0x20_01 && b === 0x0d_b8) return false; // documentation
  if (a === 0x3f_ff && b < 0x10_00) return false; // documentation, RFC 9637
  return true;
};

/** True for an IP address literal of either family. */
export const isAddress = (text: string): boolean => parseV4(text) !== null || parseV6(text) !== null;

/** Whether `address` (an IP literal) is globally routable unicast. What is no IP literal is not. */
export const isPublicAddress = (address: string): boolean => {
  const v4 = parseV4(address);
  if (v4 !== null) return isPublicV4(v4);
  const v6 = parseV6(address);
  return v6 !== null && isPublicV6(v6);
};
