// What can be ordered in one line: "N-12" shows it, "P-3" finds it, "N-12 P-3" asks that unit, words do what they say.

import type { AlertCard, Need, UnitCard } from "../wire/cards.ts";
import { words } from "../words/ofConsole.ts";
import { ACTIONS, type Action } from "./shortcuts.ts";

export type Order =
  | { kind: "show"; alert: AlertCard }
  | { kind: "find"; unit: UnitCard }
  | { kind: "assign"; alert: AlertCard; need: Need; unit: UnitCard }
  | { kind: "do"; action: Action };

const LISTED_MAX = 8;
const OPEN = new Set(["searching", "stuck", "offered"]);

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** What the line may mean, the likeliest first. */
export function ordersOf(line: string, alerts: readonly AlertCard[], units: readonly UnitCard[]): Order[] {
  const [first = "", second = ""] = plain(line).trim().split(/\s+/);
  if (first === "") return ACTIONS.filter((action) => action !== "bar").map((action) => ({ kind: "do", action }));
  const found: Order[] = [];
  const named = alerts.filter((alert) => plain(alert.folio).startsWith(first));
  if (second !== "") {
    const [alert] = alerts.filter((each) => plain(each.folio) === first);
    const asked = units.filter((unit) => unit.on_duty && unit.free > 0 && plain(unit.id).startsWith(second));
    for (const unit of alert === undefined ? [] : asked) {
      const need = alert!.needs.find((each) => each.institution === unit.institution && OPEN.has(each.state));
      if (need !== undefined) found.push({ kind: "assign", alert: alert!, need, unit });
    }
  } else {
    found.push(...named.map((alert): Order => ({ kind: "show", alert })));
    found.push(...units.filter((unit) => plain(unit.id).startsWith(first)).map((unit): Order => ({ kind: "find", unit })));
  }
  const said = plain(line).trim();
  found.push(...ACTIONS.filter((action) => plain(words.keys.does[action]).includes(said)).map((action): Order => ({ kind: "do", action })));
  return found.slice(0, LISTED_MAX);
}

/** The order as a sentence. */
export function orderText(order: Order): string {
  switch (order.kind) {
    case "show":
      return words.bar.show(order.alert.folio);
    case "find":
      return words.bar.find(order.unit.id);
    case "assign":
      return words.bar.assign(order.unit.id, order.alert.folio, words.institution[order.need.institution]);
    case "do":
      return words.keys.does[order.action];
  }
}
