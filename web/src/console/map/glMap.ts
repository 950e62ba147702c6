// The map as MapLibre draws it. Nothing is asked of anybody but this service, and it works without the internet.

import "maplibre-gl/dist/maplibre-gl.css";

import { addProtocol, Map as GlMap, setWorkerUrl, type GeoJSONSource, type MapMouseEvent } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { PMTiles, Protocol } from "pmtiles";

import { words } from "../../words/words.ts";
import { ALERT_PX, drawAlert, drawUnit, INSTITUTIONS, LEVELS, paletteNow, pixels, UNIT_PX, UNIT_STATES } from "./marks.ts";
import { drawPin, PIN_PX } from "./pin.ts";
import { boundsOf, boxAround, circle, type Bounds, type Hands, type LonLat, type PlaceMark, type Region, type Scene, type UnitMark, type View } from "./scene.ts";
import { styleOf } from "./style.ts";

setWorkerUrl(workerUrl);
const BASEMAP_URL = `${location.origin}/api/basemap`;
const CLOSE_ZOOM = 15;
const CLOSE_M = 400;
const MARGIN_PX = 24;
const NEAR_PX = 6;

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
  #scene: Scene = { units: [], alerts: [], place: null };
  #shown = new Map<string, UnitMark>();
  #ready = false;

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
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.on("style.load", () => this.#began());
    this.#map.on("click", (event) => this.#clicked(event, hands));
  }

  show(scene: Scene): void {
    this.#scene = scene;
    if (!this.#ready) return;
    this.#showUnits(scene.units);
    this.#data("alerts", features(scene.alerts, ({ folio, level, calls, chosen }) => ({ folio, mark: `alert-${level}-${calls}-${chosen}` })));
    this.#data("place", placeFeatures(scene));
  }

  goTo({ at, accuracyM }: PlaceMark): void {
    if (accuracyM === null) this.#map.jumpTo({ center: at, zoom: CLOSE_ZOOM });
    else this.#fit(boxAround(at, Math.max(accuracyM, CLOSE_M)));
  }

  showAll(): void {
    const bounds = boundsOf(this.#region.zones, this.#scene);
    if (bounds !== null) this.#fit(bounds);
  }

  #fit({ west, south, east, north }: Bounds): void {
    this.#map.fitBounds([west, south, east, north], { padding: MARGIN_PX, animate: false });
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
    this.#ready = false;
    this.#map.setStyle(this.#style(), { diff: false });
  }

  end(): void {
    this.#map.remove();
  }

  #style() {
    const zones = this.#region.zones.map(({ id, name, shape }) => ({ type: "Feature" as const, properties: { id, name }, geometry: shape }));
    return styleOf(paletteNow(), this.#region.basemap ? tilesUrl() : null, { type: "FeatureCollection", features: zones });
  }

  #began(): void {
    const colours = paletteNow();
    const ratio = Math.max(1, Math.ceil(devicePixelRatio));
    const add = (name: string, side: number, draw: (context: CanvasRenderingContext2D) => void): void => {
      this.#map.addImage(name, pixels(side, ratio, draw), { pixelRatio: ratio });
    };
    for (const institution of INSTITUTIONS) {
      for (const state of UNIT_STATES) add(`${institution}-${state}`, UNIT_PX, (to) => drawUnit(to, institution, state, colours));
    }
    for (const level of LEVELS) {
      for (const calls of [true, false]) {
        for (const chosen of [true, false]) {
          add(`alert-${level}-${calls}-${chosen}`, ALERT_PX, (to) => drawAlert(to, level, calls, chosen, colours));
        }
      }
    }
    add("place", PIN_PX, (to) => drawPin(to, colours));
    this.#shown.clear();
    this.#ready = true;
    this.show(this.#scene);
  }

  /** Only what has changed is sent to the worker: most of a city stands still. */
  #showUnits(units: readonly UnitMark[]): void {
    const source = this.#map.getSource<GeoJSONSource>("units")!;
    if (this.#shown.size === 0) {
      source.setData(features(units, unitProperties));
    } else {
      const now = new Set(units.map((unit) => unit.id));
      const [add, update] = [[] as GeoJSON.Feature[], [] as { id: string; newGeometry: GeoJSON.Point; addOrUpdateProperties: { key: string; value: string }[] }[]];
      for (const unit of units) {
        const known = this.#shown.get(unit.id);
        if (known === undefined) add.push(...features([unit], unitProperties).features);
        else if (known.at[0] !== unit.at[0] || known.at[1] !== unit.at[1] || known.state !== unit.state) {
          const addOrUpdateProperties = [{ key: "mark", value: unitProperties(unit).mark }];
          update.push({ id: unit.id, newGeometry: { type: "Point", coordinates: unit.at }, addOrUpdateProperties });
        }
      }
      const remove = [...this.#shown.keys()].filter((id) => !now.has(id));
      if (add.length + update.length + remove.length > 0) source.updateData({ add, update, remove });
    }
    this.#shown = new Map(units.map((unit) => [unit.id, unit]));
  }

  #data(source: string, data: GeoJSON.FeatureCollection): void {
    this.#map.getSource<GeoJSONSource>(source)!.setData(data);
  }

  #clicked(event: MapMouseEvent, hands: Hands): void {
    if (hands.picks()) return hands.place([event.lngLat.lng, event.lngLat.lat]);
    const { x, y } = event.point;
    const box: [[number, number], [number, number]] = [[x - NEAR_PX, y - NEAR_PX], [x + NEAR_PX, y + NEAR_PX]];
    const found = this.#ready ? this.#map.queryRenderedFeatures(box, { layers: ["alerts", "units"] })[0] : undefined;
    if (found === undefined) return;
    const id = String(found.properties["id"]);
    if (found.layer.id === "alerts") hands.alert(id);
    else hands.unit(id);
  }
}

const unitProperties = ({ institution, state }: UnitMark): { mark: string } => ({ mark: `${institution}-${state}` });

function features<T extends { id: string; at: LonLat }>(
  marks: readonly T[],
  properties: (mark: T) => Record<string, string>,
): GeoJSON.FeatureCollection {
  return {
    type: "FeatureCollection",
    features: marks.map((mark) => ({
      type: "Feature",
      properties: { id: mark.id, ...properties(mark) },
      geometry: { type: "Point", coordinates: mark.at },
    })),
  };
}

function placeFeatures({ place }: Scene): GeoJSON.FeatureCollection {
  if (place === null) return { type: "FeatureCollection", features: [] };
  const point: GeoJSON.Feature = { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: place.at } };
  if (place.accuracyM === null) return { type: "FeatureCollection", features: [point] };
  const around: GeoJSON.Feature = {
    type: "Feature",
    properties: {},
    geometry: { type: "Polygon", coordinates: [circle(place.at, place.accuracyM)] },
  };
  return { type: "FeatureCollection", features: [around, point] };
}
