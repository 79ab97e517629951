import type { Person } from "@chapterhouse/domain";

/** Who people are. A token proves a sign-in; it is a secret and is never logged. */
export interface People {
  /** Null: e-mail or password is wrong. Throws `STORE_UNREACHABLE`. */
  signIn(email: string, password: string): Promise<{ token: string; person: Person } | null>;
  /** Null: the token is no longer good. Throws `STORE_UNREACHABLE`. */
  recognise(token: string): Promise<Person | null>;
}
