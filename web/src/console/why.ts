// Why this unit, and why nobody: the reasons the service keeps, as sentences in the language of the page.

import type { Institution, Why, WhyNot } from "../wire/cards.ts";
import { words } from "../words/ofConsole.ts";
import { duration } from "../words/words.ts";

const PASSED = [
  ["nearer_busy", "busy"],
  ["nearer_asked", "asked"],
  ["nearer_away", "away"],
] as const;

const NOT = ["busy", "asked", "away", "lacking", "kept_out", "too_close"] as const;

/** "Patrulla libre más cercana por calle, 4 min 10 s; 3 más cerca, ocupadas". */
export function whyText(institution: Institution, why: Why): string {
  if (why.rule === "by_hand") return words.why.by_hand;
  const how = why.how === "road" ? ` ${words.why.road}` : why.how === "estimate" ? ` ${words.why.estimate}` : "";
  let first = words.why.nearest(words.institution[institution]) + how;
  if (why.travel_s !== null) first += `, ${duration(why.travel_s)}`;
  if (why.from_station && institution !== "shelter") first += `, ${words.why.fromStation}`;
  const more = PASSED.filter(([count]) => why[count] > 0).map(([count, word]) => words.why[word](why[count]));
  if (why.rule === "nearer_unit" || why.rule === "higher_level") more.unshift(words.why.tookOver);
  if (why.zone_step > 0) more.push(why.zone_step === 1 ? words.why.neighbourZone : words.why.farther);
  return [first, ...more].join("; ");
}

/** "6 en servicio: 4 ocupadas, 2 ya preguntadas". */
export function whyNotText(whyNot: WhyNot): string {
  if (whyNot.on_duty === 0) return words.why.nobodyOnDuty;
  const said = NOT.filter((reason) => whyNot[reason] > 0).map((reason) => `${whyNot[reason]} ${words.why.not[reason]}`);
  return `${words.why.onDuty(whyNot.on_duty)}: ${said.join(", ")}`;
}
