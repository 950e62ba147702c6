// The zones' shapes on a flat sheet, and in which of four steps a figure stands.

import type { Shapes } from "./report.ts";

export interface Outline {
  id: string;
  name: string;
  path: string;
  /** Where its name is written: the middle of its box. */
  x: number;
  y: number;
}

export const SHEET = 600;

/** Every zone as a path on a sheet `SHEET` wide, and how high that is. */
export function outlines(shapes: Shapes): { zones: Outline[]; height: number } {
  const rings = shapes.features.map(({ geometry }) =>
    geometry.type === "Polygon" ? (geometry.coordinates as number[][][]) : (geometry.coordinates as number[][][][]).flat(),
  );
  const every = rings.flat(2);
  if (every.length === 0) return { zones: [], height: 0 };
  const [lons, lats] = [every.map((point) => point[0]!), every.map((point) => point[1]!)];
  const box = (values: number[]): [number, number] => [
    values.reduce((least, value) => Math.min(least, value), Infinity),
    values.reduce((most, value) => Math.max(most, value), -Infinity),
  ];
  const [[west, east], [south, north]] = [box(lons), box(lats)];
  const narrower = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = SHEET / Math.max(1e-9, (east - west) * narrower);
  const flat = (point: number[]): [number, number] => [(point[0]! - west) * narrower * scale, (north - point[1]!) * scale];
  const zones = shapes.features.map(({ properties }, place) => {
    const drawn = rings[place]!.map((ring) => ring.map(flat));
    const [[left, right], [top, bottom]] = [box(drawn.flat().map(([x]) => x)), box(drawn.flat().map(([, y]) => y))];
    const path = drawn.map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`).join("");
    return { ...properties, path, x: (left + right) / 2, y: (top + bottom) / 2 };
  });
  return { zones, height: (north - south) * scale };
}

/** From 0 (fastest) to 3 (slowest) among these figures; null without one. */
export function stepOf(value: number | null, among: number[]): number | null {
  if (value === null) return null;
  const [least, most] = [Math.min(...among), Math.max(...among)];
  return most === least ? 0 : Math.min(3, Math.floor(((value - least) / (most - least)) * 4));
}
