// The report as the service gives it, and what it says in a sentence.

import { answer, api, type Answer } from "../wire/http.ts";
import { duration, words } from "../words/words.ts";

export interface Row {
  interval: string;
  definition: number;
  group: Record<string, string>;
  n: number;
  missing: number;
  unattended: number;
  cancelled: number;
  waited_longest_s: number | null;
  p50_s: number | null;
  p90_s: number | null;
}

export interface Report {
  period: { from: string; to: string };
  at: string;
  definitions: { number: number; interval: string; formula: string; definition: string }[];
  rows: Row[];
}

export const KEYS = ["institution", "zone", "level", "shift"] as const;

export interface Asked {
  from: string;
  to: string;
  by: string;
}

export function read(query: Asked): Promise<Answer<Report>> {
  return answer<Report>(api.GET("/api/reports/response-times", { params: { query } }));
}

/** The same rows as a file. */
export function csvAddress(query: Asked): string {
  return `/api/reports/response-times.csv?${new URLSearchParams({ ...query }).toString()}`;
}

export const seconds = (value: number | null): string => (value === null ? words.coordinator.none : duration(value));

export const nameOf = (interval: string): string => words.coordinator.interval[interval] ?? interval;

/** A group's value in words. */
export function valueOf(key: string, value: string): string {
  if (value === "all") return words.coordinator.all;
  const table: Record<string, string> = key === "institution" ? words.institution : key === "level" ? words.level : {};
  return table[value] ?? value;
}

/** What a row says, with everything that stands beside a figure. */
export function sentence(row: Row): string {
  const group = Object.entries(row.group).map(([key, value]) => valueOf(key, value));
  const name = [nameOf(row.interval), ...group].join(" · ");
  if (row.n === 0) return words.coordinator.sentenceNone(name, row.missing, row.unattended);
  return words.coordinator.sentence(name, row.n, seconds(row.p50_s), seconds(row.p90_s), row.missing, row.unattended);
}
