// The region of this center as the service draws it: asked until it answers; everything else goes on meanwhile.

import { answer, api } from "../wire/http.ts";
import type { Region } from "./scene.ts";

const AGAIN_MS = 3_000;

export async function loadRegion(stopped: () => boolean): Promise<Region | null> {
  while (!stopped()) {
    const found = await answer<Region>(api.GET("/api/region"));
    if (found.ok) return found.body;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
  return null;
}
