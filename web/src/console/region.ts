// The region of this center as the service draws it: asked until it answers; a call can be taken long before.

import { answer, api } from "../wire/http.ts";
import { boundsOf, type Region } from "./map/scene.ts";
import type { Near } from "./place.ts";

const AGAIN_MS = 3_000;

export async function loadRegion(stopped: () => boolean): Promise<Region | null> {
  while (!stopped()) {
    const found = await answer<Region>(api.GET("/api/region"));
    if (found.ok) return found.body;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
  return null;
}

/** The middle of the zones; null where there are none. */
export function middleOf(region: Region | null): Near | null {
  const bounds = region === null ? null : boundsOf(region.zones, { units: [], alerts: [], place: null });
  return bounds === null ? null : { lat: (bounds.south + bounds.north) / 2, lon: (bounds.west + bounds.east) / 2 };
}
