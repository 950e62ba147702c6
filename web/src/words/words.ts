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

const CLOCK = new Intl.DateTimeFormat(words.locale, {
  timeZone: words.timeZone,
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

const DAY = new Intl.DateTimeFormat(words.locale, { timeZone: words.timeZone, day: "numeric", month: "short" });

/** The same with its day. */
export const dayTime = (at: string): string => `${DAY.format(new Date(at))} ${clockTime(at)}`;

/** A time of the wire as the clock on the wall shows it, whatever the device's zone. */
export function clockTime(at: string): string {
  return CLOCK.format(new Date(at));
}
