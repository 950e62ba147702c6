// What the map shows, whoever draws it: zones, units, alerts, and the place of the call that is being taken down.

import type { AlertCard, Institution, Level, UnitCard, UnitPosition, UnitState } from "../../wire/cards.ts";
import { alarmsOf, unheard } from "../alarms.ts";

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

export interface Scene {
  units: UnitMark[];
  alerts: AlertMark[];
  place: PlaceMark | null;
}

/** Somebody who draws scenes. */
export interface View {
  show(scene: Scene): void;
  /** Show this place in the middle, near enough to tell streets apart, and as much around it as it may be off. */
  goTo(place: PlaceMark): void;
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

/** A unit may be anywhere after so long a silence: it stands in the list, with the age of what is known. */
const OLD_MS = 10 * 60_000;

/** Units that are on duty and said not long before `now` where they are. */
export function unitMarks(units: readonly UnitCard[], positions: Readonly<Record<string, UnitPosition>>, now: number): UnitMark[] {
  return units.flatMap((unit) => {
    const known = unit.on_duty ? positions[unit.id] : undefined;
    if (known === undefined || now - Date.parse(known.at) > OLD_MS) return [];
    return [{ id: unit.id, at: [known.lon, known.lat] as LonLat, institution: unit.institution, state: unit.state }];
  });
}

export function alertMarks(alerts: readonly AlertCard[], chosen: string | null): AlertMark[] {
  return alerts.flatMap((alert) => {
    if (alert.where === null) return [];
    const at: LonLat = [alert.where.lon, alert.where.lat];
    const calls = unheard(alarmsOf([alert])).length > 0;
    return [{ id: alert.id, folio: alert.folio, at, level: alert.level, calls, chosen: alert.id === chosen }];
  });
}

export interface Bounds {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** The smallest box around the zones, else around everything that is shown; null where there is nothing. */
export function boundsOf(zones: readonly ZoneShape[], scene: Scene): Bounds | null {
  const bounds: Bounds = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  const take = ([lon, lat]: readonly number[]): void => {
    bounds.west = Math.min(bounds.west, lon!);
    bounds.east = Math.max(bounds.east, lon!);
    bounds.south = Math.min(bounds.south, lat!);
    bounds.north = Math.max(bounds.north, lat!);
  };
  for (const zone of zones) for (const ring of rings(zone)) ring.forEach(take);
  if (zones.length === 0) for (const mark of [...scene.units, ...scene.alerts]) take(mark.at);
  return Number.isFinite(bounds.west) ? bounds : null;
}

/** The box around a circle of metres. */
export function boxAround(at: LonLat, metres: number): Bounds {
  const ring = circle(at, metres);
  const [lons, lats] = [ring.map(([lon]) => lon), ring.map(([, lat]) => lat)];
  return { west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats) };
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
