// The service's clock as seen from here: a phone's own may be wrong, and a deadline is the service's.

interface Guess {
  aheadMs: number;
  roundTripMs: number;
}

export class ServiceClock {
  #guess: Guess = { aheadMs: 0, roundTripMs: Infinity };

  /** Now by the service, in milliseconds since 1970 UTC. */
  now(): number {
    return Date.now() + this.#guess.aheadMs;
  }

  /** Ask the service for its time; of several answers the quickest counts. */
  async ask(): Promise<void> {
    const asked = Date.now();
    try {
      const answer = await fetch("/readyz", { signal: AbortSignal.timeout(5_000) });
      const { at } = (await answer.json()) as { at: string };
      this.heard(Date.parse(at), asked, Date.now());
    } catch (failure) {
      if (failure instanceof TypeError || failure instanceof DOMException || failure instanceof SyntaxError) return;
      throw failure;
    }
  }

  /** The service's time `at`, of a question asked and answered at these times of this device. */
  heard(at: number, asked: number, answered: number): void {
    const roundTripMs = answered - asked;
    if (Number.isNaN(at) || roundTripMs > this.#guess.roundTripMs) return;
    this.#guess = { aheadMs: at - (asked + answered) / 2, roundTripMs };
  }
}
