// The words of the language that is read on this device, and how times and durations are said in it.

import { en } from "./en.ts";
import { es, type Words } from "./es.ts";
import { pseudo } from "./pseudo.ts";

/** `pseudo` is for the tests of the pages, and for whoever translates them. */
const LANGUAGES: Record<string, Words> = { es, en, pseudo: pseudo(es) };
const KEPT_AS = "naranja.language";

function chosen(): string {
  const kept = localStorage.getItem(KEPT_AS);
  return kept !== null && kept in LANGUAGES ? kept : "es";
}

export const language = chosen();
export const words: Words = LANGUAGES[language]!;

/** Read the other language from now on. */
export function otherLanguage(): void {
  localStorage.setItem(KEPT_AS, language === "es" ? "en" : "es");
  location.reload();
}

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
