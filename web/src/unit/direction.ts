// Where a place lies from here, reckoned on this phone: no map service and no other program is told of it.

import { metres, type Place } from "./whereabouts.ts";

export const COMPASS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;

export interface Direction {
  /** As the crow flies, in metres. */
  far_m: number;
  towards: (typeof COMPASS)[number];
}

/** From `here` to `there`, near enough for a city. */
export function direction(here: Place, there: Place): Direction {
  const north = there.lat - here.lat;
  const east = (there.lon - here.lon) * Math.cos((here.lat * Math.PI) / 180);
  const eighths = Math.round((Math.atan2(east, north) * 4) / Math.PI);
  return { far_m: metres(here, there), towards: COMPASS[(eighths + COMPASS.length) % COMPASS.length]! };
}

/** Metres as they are said on the way: to ten metres, from one kilometre on to a hundred. */
export const farText = (far_m: number): string => (far_m < 1000 ? `${Math.round(far_m / 10) * 10} m` : `${(far_m / 1000).toFixed(1)} km`);
