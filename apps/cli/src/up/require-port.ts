import { createServer } from "node:net";
import { ChapterhouseError } from "@chapterhouse/domain";

/** Throws `CONFIG_INVALID` with what to do when nobody can listen there: the backend could only end without a word. */
export const requirePort = async (host: string, port: number): Promise<void> => {
  const probe = createServer();
  try {
    await new Promise<void>((listening, failed) => {
      probe.once("error", failed).listen(port, host, listening);
    });
  } catch (cause) {
    const why =
      cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE" ? "is in use" : "is not to be had";
    const message = `Port ${port} of ${host} ${why}: set CHAPTERHOUSE_PORT to another one (0 takes any)`;
    throw new ChapterhouseError("CONFIG_INVALID", message, { details: { host, port }, cause });
  }
  await new Promise((closed) => probe.close(closed));
};
