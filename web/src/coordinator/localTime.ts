// Days and hours of the center's own clock, whatever the zone of this device.

import { onTheWall } from "../words/words.ts";

const PARTS = {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
} as const;

/** A moment on the center's clock: `2026-11-24T22:30`. */
export function localOf(at: number): string {
  const part = Object.fromEntries(onTheWall("en-CA", PARTS).formatToParts(at).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

/** The moment that such a text means. Of an hour that a change of clocks repeats it is the first. */
export function momentOf(local: string): number {
  const asIfUtc = Date.parse(`${local}Z`);
  const shift = (at: number): number => Date.parse(`${localOf(at)}Z`) - Math.floor(at / 60_000) * 60_000;
  const guess = asIfUtc - shift(asIfUtc);
  return asIfUtc - shift(guess);
}

/** The day of a moment, and the day so many days later: `2026-11-24`. */
export function dayOf(at: number, later = 0): string {
  const day = new Date(`${localOf(at).slice(0, 10)}T00:00Z`);
  day.setUTCDate(day.getUTCDate() + later);
  return day.toISOString().slice(0, 10);
}

/** When a day begins, as the wire writes it; `later`: of the day so many days after. */
export function beginning(day: string, later = 0): string {
  const noon = Date.parse(`${day}T12:00Z`) + later * 86_400_000;
  return new Date(momentOf(`${new Date(noon).toISOString().slice(0, 10)}T00:00`)).toISOString();
}
