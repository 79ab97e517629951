// A thread that does what it is asked, however bad. See threads.test.ts.
import { serve, ThreadFailure } from "../../../src/speech/thread-side.ts";

export type Misdeed = "none" | "fail" | "throw" | "exit" | "throw-later" | "reject-later" | "hang" | "spin";

let answered = 0;

serve<Misdeed, number>(
  async (misdeed) => {
    if (misdeed === "fail") throw new ThreadFailure("ENGINE_EMPTY", "nothing came", { bytes: 0 });
    if (misdeed === "throw") throw new TypeError("unforeseen");
    if (misdeed === "exit") process.exit(3);
    if (misdeed === "throw-later") {
      setImmediate(() => {
        throw new TypeError("where nobody can catch it");
      });
    }
    if (misdeed === "reject-later") setImmediate(() => void Promise.reject(new Error("that nobody handles")));
    if (misdeed === "spin") for (;;);
    if (misdeed !== "none") await new Promise(() => undefined);
    answered += 1;
    return answered;
  },
  () => [],
);
