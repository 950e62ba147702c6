// How the ground looks in MapLibre: streets, water, green, names, and the borders of zones.

import type { FilterSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";

import type { Palette } from "./marks.ts";
import type { ZoneShape } from "./scene.ts";

/** Text is drawn from the fonts of this very machine; no file of glyphs is asked for. */
const FONT = ["system-ui", "DejaVu Sans", "sans-serif"];
const BASEMAP = "basemap";

const kind = (name: string): FilterSpecification => ["==", ["get", "kind"], name];

/** Grows with the zoom, `least` pixels from far away and `most` close by. */
const width = (least: number, most: number): ["interpolate", ["exponential", number], ["zoom"], ...number[]] => [
  "interpolate",
  ["exponential", 1.6],
  ["zoom"],
  8,
  least,
  18,
  most,
];

function street(id: string, colour: string, least: number, most: number): LayerSpecification {
  return {
    id: `street-${id}`,
    type: "line",
    source: BASEMAP,
    "source-layer": "streets",
    filter: kind(id),
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour, "line-width": width(least, most) },
  };
}

function beneath(colours: Palette): LayerSpecification[] {
  const text = { "text-color": colours.ink, "text-halo-color": colours.halo, "text-halo-width": 1.6 };
  return [
    { id: "green", type: "fill", source: BASEMAP, "source-layer": "green", paint: { "fill-color": colours.green } },
    {
      id: "water",
      type: "fill",
      source: BASEMAP,
      "source-layer": "water",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": colours.water },
    },
    {
      id: "river",
      type: "line",
      source: BASEMAP,
      "source-layer": "water",
      filter: ["==", ["geometry-type"], "LineString"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": colours.water, "line-width": width(1, 30) },
    },
    street("path", colours.street, 0.2, 4),
    street("small", colours.street, 0.5, 14),
    street("middle", colours.middle, 1, 18),
    street("main", colours.main, 1.6, 24),
    {
      id: "street-names",
      type: "symbol",
      source: BASEMAP,
      "source-layer": "streets",
      minzoom: 14,
      layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-size": 12 },
      paint: text,
    },
    {
      id: "settlements",
      type: "symbol",
      source: BASEMAP,
      "source-layer": "names",
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 13 },
      paint: text,
    },
  ];
}

function borders(colours: Palette): LayerSpecification[] {
  const text = { "text-color": colours.ink, "text-halo-color": colours.halo, "text-halo-width": 2 };
  return [
    { id: "borders", type: "line", source: "zones", paint: { "line-color": colours.border, "line-width": 1.5, "line-dasharray": [4, 2] } },
    {
      id: "zone-names",
      type: "symbol",
      source: "zones",
      maxzoom: 14,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 13, "text-padding": 8 },
      paint: text,
    },
  ];
}

/** The whole style. `tiles`: where the basemap is read, null where there is none. */
export function styleOf(colours: Palette, tiles: string | null, zones: readonly ZoneShape[]): StyleSpecification {
  const features: GeoJSON.Feature[] = zones.map(({ id, name, shape }) => ({ type: "Feature", properties: { id, name }, geometry: shape }));
  return {
    version: 8,
    sources: {
      ...(tiles === null ? {} : { [BASEMAP]: { type: "vector", url: tiles } }),
      zones: { type: "geojson", data: { type: "FeatureCollection", features } },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colours.ground } },
      ...(tiles === null ? [] : beneath(colours)),
      ...borders(colours),
    ],
  };
}
