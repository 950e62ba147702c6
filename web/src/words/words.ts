// What more than one page says, and how times and durations are said.

import { en } from "./en/common.ts";
import { es } from "./es/common.ts";
import { inLanguage } from "./language.ts";

export const words = inLanguage({ es, en });

/** What a problem means to a person: in their language where its code is known, else the service's own sentence. */
export function problemText(problem: { code: string; detail: string }): string {
  return words.problem[problem.code] ?? (problem.detail || words.problem.internal!);
}

/** Seconds as people say them. */
export function duration(seconds: number, exact = true): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return words.duration.seconds(whole);
  if (whole >= 3600) return words.duration.hours(Math.floor(whole / 3600), Math.floor((whole % 3600) / 60));
  const minutes = Math.floor(whole / 60);
  return exact ? words.duration.minutesSeconds(minutes, whole % 60) : words.duration.minutes(minutes);
}

let zone = "America/Mexico_City";

/** Times are told by the center's clock from now on, as the service names its zone. */
export function liveIn(timeZone: string): void {
  zone = timeZone;
}

/** A moment in the parts that are asked for, on the center's clock, whatever the device's zone. */
export function onTheWall(locale: string, parts: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, zone, parts]);
  let found = FORMATS.get(key);
  if (found === undefined) FORMATS.set(key, (found = new Intl.DateTimeFormat(locale, { timeZone: zone, ...parts })));
  return found;
}

/** One is slow to make and is asked for in every row of a list. */
const FORMATS = new Map<string, Intl.DateTimeFormat>();
const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
const DAY = { day: "numeric", month: "short" } as const;

/** The same with its day. */
export const dayTime = (at: string): string =>
  `${onTheWall(words.locale, DAY).format(new Date(at))} ${clockTime(at)}`;

/** A time of the wire as the clock on the wall shows it. */
export function clockTime(at: string): string {
  return onTheWall(words.locale, CLOCK).format(new Date(at));
}
