// What a map shows, whoever draws it: zones, units, alerts, one place that it is about, and the way there.

import type { Institution, Level, UnitState } from "../wire/cards.ts";

/** Longitude, latitude: as GeoJSON has it. */
export type LonLat = [number, number];

export interface ZoneShape {
  id: string;
  name: string;
  shape: GeoJSON.Polygon | GeoJSON.MultiPolygon;
}

export interface Region {
  basemap: boolean;
  zones: ZoneShape[];
}

export interface UnitMark {
  id: string;
  at: LonLat;
  institution: Institution;
  state: UnitState;
}

export interface AlertMark {
  id: string;
  folio: string;
  at: LonLat;
  level: Level;
  calls: boolean;
  chosen: boolean;
}

/** A place with what is known of how exact it is: a circle of metres, or the edges of an area. */
export interface PlaceMark {
  at: LonLat;
  accuracyM: number | null;
}

/** How to get to the place: along roads, or only in which direction it lies. */
export interface Way {
  line: LonLat[];
  byRoad: boolean;
}

export interface Scene {
  units: UnitMark[];
  alerts: AlertMark[];
  place: PlaceMark | null;
  way: Way | null;
}

export const EMPTY: Scene = { units: [], alerts: [], place: null, way: null };

/** Somebody who draws scenes. */
export interface View {
  show(scene: Scene): void;
  /** Show this place in the middle, near enough to tell streets apart, and as much around it as it may be off. */
  goTo(place: PlaceMark): void;
  /** Show all of this box. */
  fit(box: Bounds): void;
  /** Show the whole region. */
  showAll(): void;
  zoom(steps: number): void;
  centre(): LonLat;
  redraw(): void;
  end(): void;
}

/** What somebody did on the map. */
export interface Hands {
  /** Whether a click says a place now, whatever stands there. */
  picks: () => boolean;
  place: (at: LonLat) => void;
  alert: (id: string) => void;
  unit: (id: string) => void;
}

export interface Bounds {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** The smallest box around the zones, else around everything that is shown; null where there is nothing. */
export function boundsOf(zones: readonly ZoneShape[], scene: Scene): Bounds | null {
  return boxOf(zones.length > 0 ? zones.flatMap((zone) => rings(zone).flat()) : [...scene.units, ...scene.alerts].map((mark) => mark.at));
}

/** The smallest box around these places; null without one. */
export function boxOf(places: readonly (readonly number[])[]): Bounds | null {
  const box: Bounds = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (const [lon, lat] of places) {
    box.west = Math.min(box.west, lon!);
    box.east = Math.max(box.east, lon!);
    box.south = Math.min(box.south, lat!);
    box.north = Math.max(box.north, lat!);
  }
  return Number.isFinite(box.west) ? box : null;
}

/** The box around a circle of metres. */
export function boxAround(at: LonLat, metres: number): Bounds {
  return boxOf(circle(at, metres))!;
}

/** Every ring of a zone, outer and inner alike. */
export function rings(zone: ZoneShape): number[][][] {
  return zone.shape.type === "Polygon" ? zone.shape.coordinates : zone.shape.coordinates.flat();
}

const METRES_PER_DEGREE = 111_195;
const CIRCLE_CORNERS = 48;

/** A circle of so many metres around a place, as a ring. */
export function circle([lon, lat]: LonLat, metres: number): LonLat[] {
  const up = metres / METRES_PER_DEGREE;
  const across = up / Math.max(0.01, Math.cos((lat * Math.PI) / 180));
  return Array.from({ length: CIRCLE_CORNERS + 1 }, (_, corner) => {
    const turn = ((corner % CIRCLE_CORNERS) / CIRCLE_CORNERS) * 2 * Math.PI;
    return [lon + across * Math.cos(turn), lat + up * Math.sin(turn)];
  });
}
