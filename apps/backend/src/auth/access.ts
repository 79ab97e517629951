import { type API_KEY_SCOPES, type ApiKey, ChapterhouseError, type Person } from "@chapterhouse/domain";
import type { FastifyRequest } from "fastify";

export type Scope = (typeof API_KEY_SCOPES)[number];

/** What a route asks for: of a person at least this role, of a key this scope. A route that says nothing: OPERATE. */
export interface Access {
  readonly access: "open" | "reader" | "member" | "admin";
  readonly scope?: Scope;
}

export const OPEN = { access: "open" } as const satisfies Access;
export const READ = { access: "reader", scope: "read" } as const satisfies Access;
export const ENQUEUE = { access: "member", scope: "enqueue" } as const satisfies Access;
export const CANCEL = { access: "member", scope: "cancel" } as const satisfies Access;
export const OPERATE = { access: "admin", scope: "operate" } as const satisfies Access;

export type CallerKey = Pick<ApiKey, "name" | "scopes" | "kinds" | "expiresAt">;
/** Who is calling: a person who is signed in, or a program with a key. */
export type Caller =
  | { readonly person: Person; readonly key: null }
  | { readonly person: null; readonly key: CallerKey };

/** The key of the configuration; no other may have its name. */
export const HOST_KEY: CallerKey = { name: "host", scopes: ["operate"], kinds: null, expiresAt: null };

/** What a member may add and cancel: our own kinds, and lists of their tasks. */
const KINDS_OF_MEMBERS = ["scrape.*", "narrate.*"];
const RANK = { open: 0, reader: 1, member: 2, admin: 3 } as const;

const forbidden = (message: string, details: Readonly<Record<string, unknown>>) =>
  new ChapterhouseError("FORBIDDEN", message, { details });

/** Whether everything is open to a caller. */
export const mayOperate = ({ person, key }: Caller): boolean =>
  person ? person.role === "admin" : key.scopes.includes("operate");

/** Throws `FORBIDDEN`. */
export const checkAccess = ({ person, key }: Caller, { access, scope = "operate" }: Access): void => {
  if (person) {
    if (RANK[person.role] >= RANK[access]) return;
    throw forbidden(`This takes the role ${access}`, { role: access });
  }
  if (key.scopes.includes("operate") || key.scopes.includes(scope)) return;
  throw forbidden(`This takes a key with the scope ${scope}`, { scope });
};

/** `*` stands for any characters, or none. */
const fits = (kind: string, pattern: string): boolean => {
  const [head = "", ...parts] = pattern.split("*");
  const tail = parts.pop();
  if (tail === undefined) return kind === head;
  const end = kind.length - tail.length;
  let at = head.length;
  if (at > end || !kind.startsWith(head) || !kind.endsWith(tail)) return false;
  for (const part of parts) {
    const found = kind.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= end;
};

/** A list of tasks is of their kind. */
const kindOfOne = (kind: string): string => kind.replace(/^batch\./, "");

/** Whether a caller may add and cancel tasks of this kind, once the route lets it in. Throws `FORBIDDEN`. */
export const checkKind = (caller: Caller, kind: string): void => {
  if (mayOperate(caller)) return;
  const kinds = caller.person ? KINDS_OF_MEMBERS : caller.key.kinds;
  if (kinds === null || kinds.some((pattern) => fits(kindOfOne(kind), pattern))) return;
  throw forbidden(`Tasks of the kind ${kind} are not for you to add or cancel`, { kind, kinds });
};

/** Of a request behind the gate. */
export const callerOf = ({ caller }: FastifyRequest): Caller => {
  if (caller) return caller;
  throw new ChapterhouseError("INTERNAL", "An open route has no caller");
};

/** As tasks record it in `createdBy`. */
export const nameOf = ({ person, key }: Caller): string => (person ? `person:${person.id}` : `key:${key.name}`);
