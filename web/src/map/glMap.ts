// The map as MapLibre draws it. Nothing is asked of anybody but this service, and it works without the internet.

import "maplibre-gl/dist/maplibre-gl.css";

import { addProtocol, Map as GlMap, setWorkerUrl, type MapMouseEvent } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { PMTiles, Protocol } from "pmtiles";

import { words } from "../words/words.ts";
import { paletteNow, type Palette } from "./marks.ts";
import { markAt, Overlay, type Projection } from "./overlay.ts";
import { boundsOf, boxAround, EMPTY, type Bounds, type Hands, type LonLat, type PlaceMark, type Region, type Scene, type View } from "./scene.ts";
import { styleOf } from "./style.ts";

setWorkerUrl(workerUrl);
const BASEMAP_URL = `${location.origin}/api/basemap`;
const CLOSE_ZOOM = 15;
const NAMES_ZOOM = 13;
const CLOSE_M = 400;
const MARGIN_PX = 24;

let protocol: Protocol | null = null;

/** The tiles are read out of one file, part by part. */
function tilesUrl(): string {
  if (protocol === null) {
    protocol = new Protocol();
    protocol.add(new PMTiles(BASEMAP_URL));
    addProtocol("pmtiles", protocol.tile);
  }
  return `pmtiles://${BASEMAP_URL}`;
}

export class MapLibreView implements View {
  #map: GlMap;
  #region: Region;
  #scene: Scene = EMPTY;
  #overlay: Overlay;
  #canvas = document.createElement("canvas");
  #colours: Palette = paletteNow();
  #drawing = 0;
  #at: Projection = (at) => {
    const { x, y } = this.#map.project(at as LonLat);
    return [x, y];
  };

  /** Raises where the browser draws no WebGL. */
  constructor(container: HTMLElement, region: Region, hands: Hands) {
    this.#region = region;
    const bounds = boundsOf(region.zones, this.#scene);
    this.#map = new GlMap({
      container,
      style: this.#style(),
      attributionControl: false,
      ...(bounds === null ? {} : { bounds: [bounds.west, bounds.south, bounds.east, bounds.north] as const }),
      fitBoundsOptions: { padding: MARGIN_PX },
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      // Nothing flies: whoever is taking a call sees where it is at once.
      fadeDuration: 0,
      locale: { "Map.Title": words.map.canvas },
    });
    this.#canvas.className = "marks";
    container.append(this.#canvas);
    this.#overlay = new Overlay(this.#canvas);
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    // In the same picture as the map that moved beneath the marks.
    this.#map.on("render", () => this.#draw());
    this.#map.on("click", (event) => this.#clicked(event, hands));
  }

  show(scene: Scene): void {
    this.#scene = scene;
    if (this.#drawing === 0) this.#drawing = requestAnimationFrame(() => this.#draw());
  }

  goTo({ at, accuracyM }: PlaceMark): void {
    if (accuracyM === null) this.#map.jumpTo({ center: at, zoom: CLOSE_ZOOM });
    else this.fit(boxAround(at, Math.max(accuracyM, CLOSE_M)));
  }

  fit({ west, south, east, north }: Bounds): void {
    this.#map.fitBounds([west, south, east, north], { padding: MARGIN_PX, animate: false });
  }

  showAll(): void {
    const bounds = boundsOf(this.#region.zones, this.#scene);
    if (bounds !== null) this.fit(bounds);
  }

  zoom(steps: number): void {
    this.#map.jumpTo({ zoom: this.#map.getZoom() + steps });
  }

  centre(): LonLat {
    const { lng, lat } = this.#map.getCenter();
    return [lng, lat];
  }

  /** The theme has changed. */
  redraw(): void {
    this.#colours = paletteNow();
    this.#overlay.recolour();
    this.#map.setStyle(this.#style(), { diff: false });
  }

  end(): void {
    cancelAnimationFrame(this.#drawing);
    this.#map.remove();
  }

  #draw(): void {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = 0;
    this.#overlay.draw(this.#scene, this.#at, this.#colours, this.#map.getZoom() >= NAMES_ZOOM);
  }

  #style() {
    return styleOf(paletteNow(), this.#region.basemap ? tilesUrl() : null, this.#region.zones);
  }

  #clicked({ lngLat, point }: MapMouseEvent, hands: Hands): void {
    if (hands.picks()) return hands.place([lngLat.lng, lngLat.lat]);
    const found = markAt(this.#scene, this.#at, point.x, point.y);
    if (found === null) return;
    if ("alert" in found) hands.alert(found.alert);
    else hands.unit(found.unit);
  }
}
