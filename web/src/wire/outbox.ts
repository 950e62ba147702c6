// What a crew has said and the service has not yet: kept on this phone until it is confirmed, sent in order.
//
// An entry holds ids, the name of a step and a time, and nothing about a person or a place. It is sent under the id
// it was given when it was pressed, with the time it was pressed, so a phone that was off or killed changes nothing.

import { all, OUTBOX, written } from "./database.ts";
import type { Answer } from "./http.ts";
import { newId } from "./ids.ts";
import { isUnsettled } from "./problem.ts";

export type Step =
  | "seen"
  | "accept"
  | "decline"
  | "en-route"
  | "on-scene"
  | "contact"
  | "depart"
  | "safe"
  | "well"
  | "help"
  | "extend-hold"
  | "done"
  | "withdraw";

/** `saved` on this phone, `sent` and not answered, `confirmed` by the service after its commit, or `refused`. */
export type EntryState = "saved" | "sent" | "confirmed" | "refused";

export interface Entry {
  n: number;
  id: string;
  person: string;
  assignment: string;
  step: Step;
  reason: string | null;
  at_device: string;
  state: EntryState;
  code: string | null;
}

export interface OutboxOptions {
  database: IDBDatabase;
  send: (entry: Entry) => Promise<Answer<unknown>>;
  /** One sender at a time, whatever the number of tabs. */
  alone?: (work: () => Promise<void>) => Promise<void>;
  now?: () => number;
  signedOut?: () => void;
}

const PAUSE_MS_MIN = 500;
const PAUSE_MS_MAX = 10_000;
const KEPT_MS_MAX = 7 * 86_400_000;

async function byLock(work: () => Promise<void>): Promise<void> {
  await navigator.locks.request("naranja-outbox", work);
}

export class Outbox {
  #options: OutboxOptions;
  #entries: Entry[] = [];
  #person: string | null = null;
  #listeners = new Set<(entries: Entry[]) => void>();
  #failures = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | null = null;

  private constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** The outbox of this device with what is still in it. */
  static async open(options: OutboxOptions): Promise<Outbox> {
    const outbox = new Outbox(options);
    const now = (options.now ?? Date.now)();
    for (const entry of await all<Entry>(options.database, OUTBOX)) {
      const old = now - Date.parse(entry.at_device) > KEPT_MS_MAX;
      if (old || entry.state === "confirmed" || entry.state === "refused") {
        await written(options.database, OUTBOX, (store) => store.delete(entry.n));
      }
    }
    await outbox.#read();
    return outbox;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Entries that the service has not confirmed or refused. */
  get waiting(): Entry[] {
    return this.#entries.filter(isWaiting);
  }

  subscribe(listener: (entries: Entry[]) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#entries);
    return () => this.#listeners.delete(listener);
  }

  /** Who is signed in: only what this person said is sent for them. */
  belongsTo(person: string): void {
    this.#person = person;
    this.nudge();
  }

  /** Keep what was pressed; returns once it is on this phone's disk. Sending follows by itself. */
  async press(assignment: string, step: Step, reason: string | null = null): Promise<void> {
    if (this.#person === null) throw new Error("nobody is signed in");
    const at = (this.#options.now ?? Date.now)();
    const entry: Omit<Entry, "n"> = {
      id: newId(at),
      person: this.#person,
      assignment,
      step,
      reason,
      at_device: new Date(at).toISOString(),
      state: "saved",
      code: null,
    };
    await written(this.#options.database, OUTBOX, (store) => store.add(entry));
    await this.#read();
    this.nudge();
  }

  /** Try now, and not only after the pause. */
  nudge(): void {
    clearTimeout(this.#again);
    void this.send();
  }

  /** Send what waits, in order, until it is all settled or the service does not answer. */
  send(): Promise<void> {
    const alone = this.#options.alone ?? byLock;
    this.#sending ??= alone(() => this.#sendAll()).finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  /** These assignments are over: what was said about them and is settled need not be kept. */
  async forget(assignments: readonly string[]): Promise<void> {
    const over = this.#entries.filter((entry) => assignments.includes(entry.assignment) && !isWaiting(entry));
    for (const entry of over) await written(this.#options.database, OUTBOX, (store) => store.delete(entry.n));
    if (over.length > 0) await this.#read();
  }

  /** Send nothing any more, until somebody is signed in again. */
  stop(): void {
    clearTimeout(this.#again);
    this.#person = null;
  }

  /** Leave nothing behind, as at signing out. */
  async clear(): Promise<void> {
    this.stop();
    await written(this.#options.database, OUTBOX, (store) => store.clear());
    await this.#read();
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      await this.#read();
      const entry = this.waiting.find((each) => each.person === this.#person);
      if (entry === undefined) return;
      await this.#put({ ...entry, state: "sent" });
      const said = await this.#options.send(entry);
      if (said.ok) {
        this.#failures = 0;
        await this.#put({ ...entry, state: "confirmed" });
      } else if (said.problem.status === 401) {
        await this.#put({ ...entry, state: "saved" });
        this.#options.signedOut?.();
        return;
      } else if (isUnsettled(said.problem)) {
        this.#later();
        return;
      } else {
        await this.#put({ ...entry, state: "refused", code: said.problem.code });
      }
    }
  }

  #later(): void {
    if (this.#person === null) return;
    const pause = Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** this.#failures);
    this.#failures += 1;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.send(), pause);
  }

  async #put(entry: Entry): Promise<void> {
    await written(this.#options.database, OUTBOX, (store) => store.put(entry));
    await this.#read();
  }

  async #read(): Promise<void> {
    this.#entries = await all<Entry>(this.#options.database, OUTBOX);
    for (const listener of this.#listeners) listener(this.#entries);
  }
}

export function isWaiting(entry: Entry): boolean {
  return entry.state === "saved" || entry.state === "sent";
}
