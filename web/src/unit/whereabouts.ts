// Where this phone is, told while its unit is on duty and never otherwise: often on the way, seldom at rest.

const MOVING_EVERY_MS = 15_000;
const STILL_EVERY_MS = 60_000;
const MOVED_M = 40;
const METRES_A_DEGREE = 111_320;

export interface Place {
  lat: number;
  lon: number;
}

interface Fix extends Place {
  at: number;
}

export class Whereabouts {
  #say: (frame: object) => boolean;
  #watch: number | null = null;
  #last: Fix | null = null;
  #here: Fix | null = null;
  #precise = false;

  constructor(say: (frame: object) => boolean) {
    this.#say = say;
  }

  /** Tell or not; `precise` on the way to her. */
  follow(onDuty: boolean, precise: boolean): void {
    if (!("geolocation" in navigator)) return;
    if (onDuty === (this.#watch !== null) && precise === this.#precise) return;
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
    this.#precise = precise;
    if (!onDuty) {
      this.#last = this.#here = null;
      return;
    }
    const options = { enableHighAccuracy: precise, maximumAge: 5_000 };
    // Who refuses to be located is found by the station instead; the service says so at the desk.
    this.#watch = navigator.geolocation.watchPosition((position) => this.#take(position), () => {}, options);
  }

  /** Where this phone was last seen to be, told or not; null off duty, or where nobody lets it be located. */
  get here(): Place | null {
    return this.#here;
  }

  #take({ coords, timestamp }: GeolocationPosition): void {
    const fix: Fix = { lat: coords.latitude, lon: coords.longitude, at: timestamp };
    this.#here = fix;
    const since = this.#last === null ? Infinity : fix.at - this.#last.at;
    const moved = this.#last === null || metres(fix, this.#last) > MOVED_M;
    if (since < (moved ? MOVING_EVERY_MS : STILL_EVERY_MS)) return;
    const said = this.#say({
      type: "position",
      lat: fix.lat,
      lon: fix.lon,
      accuracy_m: Math.min(100_000, Math.round(coords.accuracy)),
      at: new Date(fix.at).toISOString(),
    });
    if (said) this.#last = fix;
  }
}

/** Metres between two fixes, near enough for a few kilometres. */
export function metres(a: Place, b: Place): number {
  const north = (a.lat - b.lat) * METRES_A_DEGREE;
  const east = (a.lon - b.lon) * METRES_A_DEGREE * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(north, east);
}
