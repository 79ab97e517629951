import { type PocketBaseServer, locateBinary, startPocketBase } from "@chapterhouse/pocketbase";
import { type DataFolder, noteProcesses } from "./data-folder.ts";

export interface KeptStore {
  readonly url: string;
  stop(): Promise<void>;
}

export interface StoreSpec {
  readonly folder: DataFolder;
  readonly binary: string | undefined;
  readonly onTrouble: (message: string) => void;
}

const AGAIN_AFTER_MS = 250;

/** Starts PocketBase on the data folder and, whenever it ends unasked, again on the same port. */
export const keepStore = async (spec: StoreSpec): Promise<KeptStore> => {
  const binary = await locateBinary(spec.binary);
  const options = { binary, dataDir: spec.folder.pocketbase, secretsDir: spec.folder.secrets };
  let server: PocketBaseServer = await startPocketBase(options);
  let stopping = false;
  let restarting: Promise<void> = Promise.resolve();
  await noteProcesses(spec.folder, server);

  const again = async (): Promise<void> => {
    await new Promise((tick) => setTimeout(tick, AGAIN_AFTER_MS));
    if (stopping) return;
    try {
      server = await startPocketBase({ ...options, port: Number(new URL(server.url).port) });
      await noteProcesses(spec.folder, server);
      watch(server);
    } catch (error) {
      spec.onTrouble(`PocketBase did not start again: ${error instanceof Error ? error.message : String(error)}`);
      await again();
    }
  };
  const watch = (watched: PocketBaseServer) => {
    void watched.ended.then(({ code, signal }) => {
      if (stopping) return;
      spec.onTrouble(`PocketBase ended (${signal ?? `code ${code}`}); starting it again`);
      restarting = again();
    });
  };
  watch(server);

  return {
    url: server.url,
    stop: async () => {
      stopping = true;
      await restarting;
      await server.stop();
    },
  };
};
