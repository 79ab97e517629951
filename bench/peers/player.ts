import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Scene } from "./scenes.ts";

const PROGRAM = fileURLToPath(new URL("./system-process.ts", import.meta.url));

interface Answer {
  readonly figures?: readonly number[];
  readonly error?: string;
}

/** A system's process, as the bench sees it. */
export class Player {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<Answer>;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    this.#ended = once(child, "exit").then(() => ({ error: "its process ended" }));
  }

  static async start(name: string, url: string): Promise<Player> {
    const player = new Player(name, fork(PROGRAM, [name, url]));
    await player.#answer();
    return player;
  }

  async play(scene: Scene): Promise<readonly number[]> {
    this.#child.send(scene);
    return await this.#answer();
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }

  async #answer(): Promise<readonly number[]> {
    const heard = Promise.withResolvers<Answer>();
    this.#child.once("message", (answer: Answer) => heard.resolve(answer));
    const { figures, error } = await Promise.race([heard.promise, this.#ended]);
    if (!figures) throw new Error(`${this.name}: ${error}`);
    return figures;
  }
}
