// Who is drawn on the console's map: units that said where they are, and alerts whose place may be seen.

import type { AlertMark, LonLat, UnitMark } from "../map/scene.ts";
import type { AlertCard, UnitCard, UnitPosition } from "../wire/cards.ts";
import { alarmsOf, unheard } from "./alarms.ts";

/** A unit may be anywhere after so long a silence: it stands in the list, with the age of what is known. */
const OLD_MS = 10 * 60_000;

/** Units that are on duty and said not long before `now` where they are. */
export function unitMarks(units: readonly UnitCard[], positions: Readonly<Record<string, UnitPosition>>, now: number): UnitMark[] {
  return units.flatMap((unit) => {
    const known = unit.on_duty ? positions[unit.id] : undefined;
    if (known === undefined || now - Date.parse(known.at) > OLD_MS) return [];
    return [{ id: unit.id, at: [known.lon, known.lat] as LonLat, institution: unit.institution, state: unit.state }];
  });
}

export function alertMarks(alerts: readonly AlertCard[], chosen: string | null): AlertMark[] {
  return alerts.flatMap((alert) => {
    if (alert.where === null) return [];
    const at: LonLat = [alert.where.lon, alert.where.lat];
    const calls = unheard(alarmsOf([alert])).length > 0;
    return [{ id: alert.id, folio: alert.folio, at, level: alert.level, calls, chosen: alert.id === chosen }];
  });
}
