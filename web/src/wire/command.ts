// A command that is answered at once or not at all: the same id until the service has settled it.

import type { Answer } from "./http.ts";
import { newId } from "./ids.ts";
import { isUnsettled, type Problem } from "./problem.ts";

export class Command {
  #id: string | null = null;

  /** Give it; after an answer nobody is sure of, the next try is the same command. */
  async give(ask: (id: string) => Promise<Answer<unknown>>): Promise<Problem | null> {
    this.#id ??= newId();
    const said = await ask(this.#id);
    if (said.ok || !isUnsettled(said.problem)) this.#id = null;
    return said.ok ? null : said.problem;
  }
}
