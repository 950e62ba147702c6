// The time as the pages show it: one beat a second for everything that counts up or down.

import { readable, type Readable } from "svelte/store";

import type { ServiceClock } from "../state/clock.ts";

const BEAT_MS = 500;

/** The service's now, in milliseconds since 1970 UTC, as it goes on. */
export function ticking(clock: ServiceClock): Readable<number> {
  return readable(clock.now(), (set) => {
    const beating = setInterval(() => set(clock.now()), BEAT_MS);
    return () => clearInterval(beating);
  });
}
