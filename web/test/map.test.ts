// What the map works out by itself: who is drawn, where, and what is under a pointer.

import "./storage.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { alertMarks, unitMarks } from "../src/console/drawn.ts";
import { ordersOf } from "../src/console/orders.ts";
import { chordOf, Shortcuts, writes } from "../src/console/shortcuts.ts";
import { markAt, type Projection } from "../src/map/overlay.ts";
import { boundsOf, boxAround, boxOf, circle, EMPTY, type Scene, type ZoneShape } from "../src/map/scene.ts";
import type { AlertCard, UnitCard } from "../src/wire/cards.ts";

const NOW = Date.parse("2026-05-31T22:15:00Z");
const unit = (id: string, more: Partial<UnitCard> = {}): UnitCard =>
  ({ card: "unit", id, institution: "police", state: "free", on_duty: true, free: 1, zone: "centro", ...more }) as UnitCard;
const said = (at: string) => ({ id: "P-1", lat: 25.67, lon: -100.31, at });
const alert = (id: string, more: Partial<AlertCard> = {}): AlertCard =>
  ({ card: "alert", id, folio: id.toUpperCase(), level: "high", alarm: null, where: { lat: 25.6, lon: -100.3 }, needs: [], ...more }) as unknown as AlertCard;

test("a unit is drawn while it is on duty and said not long ago where it is", () => {
  const fresh = { "P-1": said("2026-05-31T22:14:00Z") };
  assert.deepEqual(unitMarks([unit("P-1")], fresh, NOW), [{ id: "P-1", at: [-100.31, 25.67], institution: "police", state: "free" }]);
  assert.deepEqual(unitMarks([unit("P-1", { on_duty: false })], fresh, NOW), []);
  assert.deepEqual(unitMarks([unit("P-2")], fresh, NOW), []);
  assert.deepEqual(unitMarks([unit("P-1")], { "P-1": said("2026-05-31T22:04:00Z") }, NOW), []);
});

test("an alert whose place nobody may see is in the lists only", () => {
  assert.equal(alertMarks([alert("a"), alert("b", { where: null })], "a").length, 1);
});

test("a circle is as wide as it is said to be, wherever it is", () => {
  for (const lat of [0, 25.67, 60]) {
    const box = boxAround([-100, lat], 1_000);
    assert.ok(Math.abs((box.north - box.south) * 111_195 - 2_000) < 5);
    assert.ok(Math.abs((box.east - box.west) * 111_195 * Math.cos((lat * Math.PI) / 180) - 2_000) < 5);
  }
  assert.deepEqual(circle([0, 0], 500)[0], circle([0, 0], 500).at(-1));
});

test("the region is what its zones cover, holes and islands with it", () => {
  const ring = (west: number, south: number) => [[west, south], [west + 1, south], [west + 1, south + 1], [west, south]];
  const zones = [{ id: "a", name: "A", shape: { type: "MultiPolygon", coordinates: [[ring(0, 0)], [ring(5, 7)]] } }] as ZoneShape[];
  assert.deepEqual(boundsOf(zones, EMPTY), { west: 0, south: 0, east: 6, north: 8 });
  assert.equal(boundsOf([], EMPTY), null);
});

test("a way and the place at its end are shown whole", () => {
  assert.deepEqual(boxOf([[1, 2], [-1, 5], [0, 3]]), { west: -1, south: 2, east: 1, north: 5 });
  assert.equal(boxOf([]), null);
});

test("of what lies one over another, the alert is meant before the unit", () => {
  const scene: Scene = { units: unitMarks([unit("P-1")], { "P-1": said("2026-05-31T22:14:00Z") }, NOW), alerts: [], place: null, way: null };
  const at: Projection = ([lon, lat]) => [lon! * 10, lat! * 10];
  assert.deepEqual(markAt(scene, at, -1003.1, 256.7), { unit: "P-1" });
  scene.alerts = alertMarks([alert("a", { where: { lat: 25.67, lon: -100.31 } })], null);
  assert.deepEqual(markAt(scene, at, -1003.1, 256.7), { alert: "a" });
  assert.equal(markAt(scene, at, 0, 0), null);
});

test("a line orders what it says and nothing a unit cannot do", () => {
  const need = { need: "police", institution: "police", state: "searching" };
  const alerts = [alert("n-1", { needs: [need] as never })];
  const units = [unit("P-1"), unit("P-2", { free: 0 }), unit("P-3", { on_duty: false }), unit("F-1", { institution: "prosecutor" })];
  const assigned = (line: string) => ordersOf(line, alerts, units).flatMap((order) => (order.kind === "assign" ? [order.unit.id] : []));
  assert.deepEqual(assigned("n-1 p"), ["P-1"]);
  assert.deepEqual(assigned("N-1 P-1"), ["P-1"]);
  assert.deepEqual(assigned("n-1 f-1"), []);
  assert.deepEqual(assigned("n-9 p-1"), []);
  assert.equal(ordersOf("n-1", alerts, units)[0]?.kind, "show");
  assert.equal(ordersOf("p-2", alerts, units)[0]?.kind, "find");
  assert.deepEqual(ordersOf("linea de ordenes", alerts, units), [{ kind: "do", action: "bar" }]);
  assert.deepEqual(ordersOf("zzz", alerts, units), []);
});

const pressed = (key: string, held: Partial<KeyboardEvent> = {}): KeyboardEvent =>
  ({ key, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, target: null, ...held }) as KeyboardEvent;

test("keys are written as people read them", () => {
  assert.equal(chordOf(pressed("F2")), "F2");
  assert.equal(chordOf(pressed("k", { altKey: true })), "Alt+K");
  assert.equal(chordOf(pressed("T", { shiftKey: true })), "T");
  assert.equal(chordOf(pressed("F2", { shiftKey: true })), "Shift+F2");
  assert.equal(chordOf(pressed(" ")), "Space");
  assert.equal(chordOf(pressed("Control", { ctrlKey: true })), null);
  assert.ok(writes("t") && !writes("F2") && !writes("Alt+K"));
});

test("one key does one thing, and no key can be lost for good", () => {
  localStorage.clear();
  const keys = new Shortcuts();
  assert.equal(keys.set("board", "F2"), "call");
  assert.equal(keys.set("board", "Enter"), "reserved");
  assert.equal(keys.set("call", ""), null);
  assert.equal(keys.set("board", "F2"), null);
  assert.equal(new Shortcuts().match(pressed("F2")), "board");
  assert.equal(new Shortcuts().match(pressed("F4")), null);
  localStorage.setItem("naranja.shortcuts", "{broken");
  assert.equal(new Shortcuts().match(pressed("F2")), "call");
  keys.reset();
  assert.equal(new Shortcuts().match(pressed("F4")), "board");
});
