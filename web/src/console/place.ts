// A place as an operator says it: coordinates, a plus code, or the area of a cell; then the address in words.

import { OpenLocationCode } from "open-location-code";

import { boundsOf, EMPTY, type Region } from "../map/scene.ts";

export interface TypedPlace {
  lat: number;
  lon: number;
  /** How far off it may be, in metres; null: it was not said. */
  accuracyM: number | null;
  address: string | null;
  source: "caller" | "cell";
}

/** Where the center's region is: a short plus code is the one nearest to it. */
export interface Near {
  lat: number;
  lon: number;
}

// Both with decimals: "25,67 -100,31" must not be read as a place 4,000 km away.
const PLACE = /^\s*([+-]?\d{1,2}\.\d+)\s*[,;\s]\s*([+-]?\d{1,3}\.\d+)(?:\s*[,;]\s*|\s+|$)(.*)$/s;
/** The area of a cell: "±800", "+-800", "~800 m", "± 1.5 km", right after the coordinates. */
const AREA = /^(?:±|\+\/?-|~)\s*(\d{1,5}(?:\.\d+)?)\s*(km|m)?(?:\s*[,;]\s*|\s+|$)(.*)$/is;
const PLUS_CODE = /^\s*([23456789CFGHJMPQRVWX]{2,8}\+[23456789CFGHJMPQRVWX]{2,3})(?:\s*[,;]\s*|\s+|$)(.*)$/is;
const codes = new OpenLocationCode();
const ACCURACY_M_MAX = 100_000;
const METRES_PER_DEGREE = 111_195;

/** What was typed, or null where it names no place. */
export function placeTyped(text: string, near: Near | null = null): TypedPlace | null {
  return coordinates(text) ?? plusCode(text, near);
}

function coordinates(text: string): TypedPlace | null {
  const found = PLACE.exec(text);
  if (found === null) return null;
  const lat = Number(found[1]);
  const lon = Number(found[2]);
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) return null;
  const area = AREA.exec(found[3]!);
  const address = (area === null ? found[3]! : area[3]!).trim() || null;
  if (area === null) return { lat, lon, accuracyM: null, address, source: "caller" };
  const metres = Number(area[1]) * (area[2]?.toLowerCase() === "km" ? 1000 : 1);
  return metres > ACCURACY_M_MAX ? null : { lat, lon, accuracyM: metres, address, source: "cell" };
}

function plusCode(text: string, near: Near | null): TypedPlace | null {
  const found = PLUS_CODE.exec(text);
  if (found === null) return null;
  let code = found[1]!.toUpperCase();
  if (codes.isShort(code)) {
    if (near === null) return null;
    code = codes.recoverNearest(code, near.lat, near.lon);
  }
  if (!codes.isFull(code)) return null;
  const area = codes.decode(code);
  const [lat, lon] = [area.latitudeCenter, area.longitudeCenter];
  const high = (area.latitudeHi - area.latitudeLo) * METRES_PER_DEGREE;
  const wide = (area.longitudeHi - area.longitudeLo) * METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  // The circle around the corners of what the code names.
  return { lat, lon, accuracyM: Math.ceil(Math.hypot(high, wide) / 2), address: found[2]!.trim() || null, source: "caller" };
}

/** The middle of the zones; null where there are none. */
export function middleOf(region: Region | null): Near | null {
  const bounds = region === null ? null : boundsOf(region.zones, EMPTY);
  return bounds === null ? null : { lat: (bounds.south + bounds.north) / 2, lon: (bounds.west + bounds.east) / 2 };
}

const DECIMALS = 6;

/** The same text with its coordinates replaced by these, and how far off they may be: what was typed beside stays. */
export function placedAt(text: string, lat: number, lon: number, accuracyM: number | null = null): string {
  const known = placeTyped(text, { lat, lon });
  const words = known === null ? text.trim() : (known.address ?? "");
  const area = accuracyM === null ? "" : `±${Math.round(accuracyM)} m `;
  return `${lat.toFixed(DECIMALS)}, ${lon.toFixed(DECIMALS)} ${area}${words}`.trim();
}
