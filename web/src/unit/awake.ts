// Keeps the screen lit while something is held, and only then. A hidden page loses it, so it is asked for again.

export class Awake {
  #wanted = false;
  #lock: WakeLockSentinel | null = null;

  constructor() {
    document.addEventListener("visibilitychange", () => void this.#ask());
  }

  /** Light or not. The same wish again changes nothing. */
  async keep(lit: boolean): Promise<void> {
    if (lit === this.#wanted) return;
    this.#wanted = lit;
    if (lit) return this.#ask();
    const lock = this.#lock;
    this.#lock = null;
    await lock?.release();
  }

  async #ask(): Promise<void> {
    if (!this.#wanted || document.hidden || !("wakeLock" in navigator)) return;
    if (this.#lock !== null && !this.#lock.released) return;
    // Refused with a low battery: then the screen goes dark as always.
    const lock = await navigator.wakeLock.request("screen").catch(() => null);
    if (this.#wanted && (this.#lock === null || this.#lock.released)) this.#lock = lock;
    else await lock?.release();
  }
}
