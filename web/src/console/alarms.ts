// Everything that calls for a person now, oldest first: alarms of alerts and of their needs.

import type { Alarm, AlertCard } from "../wire/cards.ts";
import { words } from "../words/ofConsole.ts";

export interface Calling {
  key: string;
  alert: AlertCard;
  /** Whose alarm it is; null: of the alert as a whole. */
  need: string | null;
  alarm: Alarm;
}

/** Every standing alarm. */
export function alarmsOf(alerts: readonly AlertCard[]): Calling[] {
  const found = alerts.flatMap((alert) => [
    ...(alert.alarm === null ? [] : [{ key: alert.id, alert, need: null, alarm: alert.alarm }]),
    ...alert.needs.flatMap((need) =>
      need.alarm === null ? [] : [{ key: `${alert.id}/${need.need}`, alert, need: need.need, alarm: need.alarm }],
    ),
  ]);
  return found.sort((a, b) => a.alarm.first_at.localeCompare(b.alarm.first_at) || a.key.localeCompare(b.key));
}

/** Those nobody has acknowledged. */
export function unheard(alarms: readonly Calling[]): Calling[] {
  return alarms.filter(({ alarm }) => alarm.acknowledged_at === null);
}

export function causeText(alarm: Alarm): string {
  return words.cause[alarm.cause] ?? words.causeUnknown;
}

const RANK = { extreme: 0, high: 1, standard: 2 } as const;

/** The board in the order in which it wants to be looked at: unheard alarms, level, age. */
export function ordered(alerts: readonly AlertCard[]): AlertCard[] {
  const calls = (alert: AlertCard): number => (unheard(alarmsOf([alert])).length > 0 ? 0 : 1);
  return [...alerts].sort(
    (a, b) => calls(a) - calls(b) || RANK[a.level] - RANK[b.level] || a.raised_at.localeCompare(b.raised_at) || a.id.localeCompare(b.id),
  );
}
