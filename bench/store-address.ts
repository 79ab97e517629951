import { SERVICE_ACCOUNTS } from "@chapterhouse/domain";
import { connect, type Connection, type Credentials } from "@chapterhouse/pocketbase";
import { createThreadedHeart, type WorkerOptions } from "@chapterhouse/taskqueue";

type Role = keyof typeof SERVICE_ACCOUNTS;

/** All that another process needs to use a temporary store, as one word for its command line. */
export const storeAddress = (store: {
  readonly url: string;
  readonly passwords: Readonly<Record<Role, string>>;
}): string => `${store.url}#${new URLSearchParams(store.passwords).toString()}`;

interface Account {
  readonly url: string;
  readonly credentials: Credentials;
}

const accountOf = (address: string, role: Role): Account => {
  const { origin, hash } = new URL(address);
  const password = new URLSearchParams(hash.slice(1)).get(role) ?? "";
  return { url: origin, credentials: { email: SERVICE_ACCOUNTS[role], password } };
};

/** A connection with default settings as one of the service accounts. */
export const connectTo = (address: string, role: Role): Connection => connect(accountOf(address, role));

/** Heartbeats as the platform's runners have them: off the main thread. */
export const heartOf = (address: string): NonNullable<WorkerOptions["heartbeats"]> =>
  createThreadedHeart(accountOf(address, "runner"));
