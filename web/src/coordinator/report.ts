// Reports as the service gives them: asked for by name, shown as they come, taken as files from the same address.

import { answer, api, type Answer } from "../wire/http.ts";
import { language } from "../words/language.ts";

export type Cell = string | number | null;

export interface Column {
  key: string;
  label: string;
  kind: string;
}

/** `rows` has the values, `shown` the same as people see them; a figure that is not told is `*` in both. */
export interface Table {
  name: string;
  title: string;
  sentence: string;
  columns: Column[];
  rows: Cell[][];
  shown: string[][];
  facts: { key: string; label: string; text: string }[];
  notes: string[];
}

export interface Figures {
  table: Table;
  definitions: { number: number; interval: string; formula: string; definition: Record<string, string> }[];
  rows: { interval: string; group: Record<string, string> }[];
}

export const NAMES = [
  "targets",
  "worst",
  "day",
  "order-clock",
  "stuck",
  "silence",
  "compare",
  "zone-groups",
  "weeks",
  "data-errors",
] as const;
export type Name = (typeof NAMES)[number];
/** The kinds of file, each with its name. */
export const KINDS = [
  ["csv", "CSV"],
  ["xlsx", "XLSX"],
  ["pdf", "PDF"],
  ["parquet", "Parquet"],
  ["geojson", "GeoJSON"],
] as const;
export const KEYS = ["institution", "zone", "level", "shift", "unit", "day", "week", "weekday", "hour"] as const;
export const KEYS_MAX = 3;
export const INTERVALS = [
  "answering",
  "call_taking",
  "processing",
  "acceptance",
  "turnout",
  "travel",
  "response",
  "safety",
  "order",
] as const;
/** Of these no single case is told: it would say how far a shelter is. */
export const NO_CASES: readonly string[] = ["safety"];

export interface Asked {
  from: string;
  to: string;
  by?: string;
  interval?: string;
  before_from?: string;
  /** Zones in which nothing was changed, with commas. */
  control?: string;
  /** Two groups of zones, each with commas. */
  zones?: string;
  against?: string;
}

const inLanguage = (asked: Asked): Asked & { lang: "es" | "en" } => ({ ...asked, lang: language === "en" ? "en" : "es" });

export function figures(asked: Asked): Promise<Answer<Figures>> {
  return answer<Figures>(api.GET("/api/reports/response-times", { params: { query: inLanguage(asked) } }));
}

export function report(name: Name, asked: Asked): Promise<Answer<Table>> {
  return answer<Table>(api.GET(`/api/reports/${name}`, { params: { query: inLanguage(asked) } }));
}

/** The same report as a file. */
export function fileAddress(name: string, kind: string, asked: Asked): string {
  return `/api/reports/${name}.${kind}?${new URLSearchParams({ ...inLanguage(asked) }).toString()}`;
}

export interface Shapes {
  features: {
    properties: { id: string; name: string };
    geometry: { type: string; coordinates: number[][][] | number[][][][] };
  }[];
}

export const shapes = (): Promise<Answer<Shapes>> => answer<Shapes>(api.GET("/api/reports/zones"));

/** One row's figures, with the values of its group as they are and as they are worded. */
export interface Point {
  group: Record<string, string>;
  label: string;
  p50: Cell;
  p90: Cell;
  p50Shown: string;
  p90Shown: string;
  n: string;
}

/** What a chart draws: the rows of one interval, in their order. */
export function pointsOf(found: Figures, interval: string): Point[] {
  const at = (key: string): number => found.table.columns.findIndex((column) => column.key === key);
  const [p50, p90, n] = [at("p50_s"), at("p90_s"), at("n")];
  return found.rows.flatMap((row, place) => {
    if (row.interval !== interval) return [];
    const cells = found.table.rows[place]!;
    const shown = found.table.shown[place]!;
    const label = Object.keys(row.group).map((key) => shown[at(key)]!);
    return [
      {
        group: row.group,
        label: label.join(" · "),
        p50: cells[p50]!,
        p90: cells[p90]!,
        p50Shown: shown[p50]!,
        p90Shown: shown[p90]!,
        n: shown[n]!,
      },
    ];
  });
}

/** A figure as a number, or nothing to draw. */
export const drawn = (cell: Cell): number | null => (typeof cell === "number" ? cell : null);
