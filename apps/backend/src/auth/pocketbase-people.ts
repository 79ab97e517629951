import { ChapterhouseError, personSchema } from "@chapterhouse/domain";
import { request } from "undici";
import { z } from "zod";
import type { People } from "./people.ts";

const answerSchema = z.object({ token: z.string(), record: personSchema });
const TIMEOUT_MS = 10_000;

/** People are the auth collection `users` of PocketBase; their tokens are its tokens. */
export const createPocketBasePeople = (url: string): People => {
  const ask = async (path: string, body: object, token?: string) => {
    try {
      const answer = await request(`${url.replace(/\/$/, "")}/api/collections/users/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...(token !== undefined && { authorization: token }) },
        body: JSON.stringify(body),
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (cause) {
      throw new ChapterhouseError("STORE_UNREACHABLE", "PocketBase does not answer", { cause });
    }
  };
  const read = ({ status, text }: { status: number; text: string }) => {
    if (status >= 500 || status === 429) {
      throw new ChapterhouseError("STORE_UNREACHABLE", `PocketBase answered ${status} to a sign-in`);
    }
    if (status !== 200) return null;
    const { token, record } = answerSchema.parse(JSON.parse(text));
    return { token, person: record };
  };
  return {
    signIn: async (email, password) => read(await ask("auth-with-password", { identity: email, password })),
    recognise: async (token) => read(await ask("auth-refresh", {}, token))?.person ?? null,
  };
};
