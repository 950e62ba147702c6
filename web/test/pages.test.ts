// What the pages work out by themselves: places as they are typed, steps, the order of the board.

import "./storage.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { alarmsOf, ordered } from "../src/console/alarms.ts";
import { keepOut } from "../src/console/intake.ts";
import { placedAt, placeTyped } from "../src/console/place.ts";
import { standing } from "../src/unit/steps.ts";
import { metres } from "../src/unit/whereabouts.ts";
import type { AlertCard, AssignmentCard } from "../src/wire/cards.ts";
import { newId } from "../src/wire/ids.ts";
import type { Entry } from "../src/wire/outbox.ts";

const said = { accuracyM: null, address: null, source: "caller" };

test("a place is two numbers and, if it is said, an address", () => {
  const here = { ...said, lat: 25.67, lon: -100.31 };
  assert.deepEqual(placeTyped("25.67, -100.31"), here);
  assert.deepEqual(placeTyped(" 25.67 -100.31 Calle Hidalgo 12"), { ...here, address: "Calle Hidalgo 12" });
  assert.deepEqual(placeTyped("25.67,-100.31, 5 de Mayo 3"), { ...here, address: "5 de Mayo 3" });
  for (const wrong of ["", "Calle Hidalgo 12", "25.67", "95, -100", "25.67, -190.5", "25,67 -100,31", "x 25.67, -100.31"]) {
    assert.equal(placeTyped(wrong), null, wrong);
  }
});

test("the area of a cell is said after its middle, in metres or kilometres", () => {
  const cell = { ...said, lat: 25.67, lon: -100.31, source: "cell" };
  assert.deepEqual(placeTyped("25.67, -100.31 ±800"), { ...cell, accuracyM: 800 });
  assert.deepEqual(placeTyped("25.67, -100.31 +-1.5 km, por el río"), { ...cell, accuracyM: 1500, address: "por el río" });
  assert.deepEqual(placeTyped("25.67, -100.31 ~250m"), { ...cell, accuracyM: 250 });
  assert.equal(placeTyped("25.67, -100.31 ±500 km"), null);
});

test("a plus code is the middle of its area, and a short one is the nearest to the center's region", () => {
  const near = { lat: 25.67, lon: -100.31 };
  const whole = placeTyped("75QXMMCR+2G Calle Hidalgo 12");
  assert.equal(whole?.address, "Calle Hidalgo 12");
  assert.equal(whole?.accuracyM, 10);
  assert.ok(Math.abs(whole.lat - 25.6701) < 0.0002 && Math.abs(whole.lon + 100.3087) < 0.001, JSON.stringify(whole));
  assert.deepEqual(placeTyped("mmcr+2g", near), { ...whole, address: null });
  assert.equal(placeTyped("MMCR+2G"), null);
  assert.equal(placeTyped("AAAA+AA", near), null);
});

test("a place pointed at on the map replaces the coordinates and keeps the address", () => {
  assert.equal(placedAt("Calle Hidalgo 12", 25.5, -100.25), "25.500000, -100.250000 Calle Hidalgo 12");
  assert.equal(placedAt("25.67, -100.31 ±800 Calle Hidalgo 12", 25.5, -100.25), "25.500000, -100.250000 Calle Hidalgo 12");
  assert.equal(placedAt("", 25.5, -100.25), "25.500000, -100.250000");
});

test("who is kept out is parted as it is typed", () => {
  const typed = { units: " P-1, P-2 ", crew: "1042 1043", agencies: "Policía Municipal, SSC" };
  const parted = { units: ["P-1", "P-2"], crew: ["1042", "1043"], agencies: ["Policía Municipal", "SSC"] };
  assert.deepEqual(keepOut(typed), parted);
});

const card = (more: Partial<AssignmentCard>): AssignmentCard =>
  ({ id: "a", institution: "police", state: "accepted", stamps: {}, ...more }) as AssignmentCard;
const pressed = (step: Entry["step"], state: Entry["state"] = "saved"): Entry => ({ assignment: "a", step, state }) as Entry;

test("the next step follows what the card says and what is still on its way", () => {
  assert.equal(standing(card({}), []).next, "en-route");
  assert.equal(standing(card({}), [pressed("en-route")]).next, "on-scene");
  assert.equal(standing(card({}), [pressed("en-route", "refused")]).next, "en-route");
  assert.equal(standing(card({ stamps: { on_scene: "x" } }), []).next, "contact");
  assert.equal(standing(card({ institution: "prosecutor", stamps: { contact: "x" } }), []).next, "done");
  assert.equal(standing(card({ institution: "shelter" }), []).next, "safe");
});

test("an offer is asked until it is answered, here or by an earlier press", () => {
  assert.equal(standing(card({ state: "offered" }), []).asked, true);
  assert.equal(standing(card({ state: "offered" }), [pressed("accept")]).asked, false);
  assert.equal(standing(card({ state: "offered" }), [pressed("decline")]).left, true);
  assert.equal(standing(card({ state: "offered" }), [pressed("accept", "refused")]).asked, true);
});

test("a patrol may be free once it was there, but not while she is in its car", () => {
  const may = (stamps: Record<string, string>): boolean => standing(card({ stamps }), []).mayFinish;
  assert.deepEqual([may({}), may({ on_scene: "x" }), may({ contact: "x", on_scene: "x" })], [false, true, true]);
  assert.equal(may({ on_scene: "x", departed: "x" }), false);
});

const alert = (id: string, level: string, raised: string, alarm: object | null = null): AlertCard =>
  ({ id, level, raised_at: raised, alarm: null, needs: [{ need: "police", alarm }] }) as unknown as AlertCard;

test("the board begins with what calls for a person, then the level, then the age", () => {
  const calls = { cause: "quiet", first_at: "1", acknowledged_at: null };
  const heard = { ...calls, acknowledged_at: "2" };
  const board = [
    alert("old", "standard", "1"),
    alert("grave", "extreme", "9"),
    alert("calls", "standard", "8", calls),
    alert("heard", "standard", "7", heard),
  ];
  assert.deepEqual(ordered(board).map(({ id }) => id), ["calls", "grave", "old", "heard"]);
  assert.deepEqual(alarmsOf(board).map(({ key }) => key), ["calls/police", "heard/police"]);
});

test("ids grow with time and are never the same", () => {
  const ids = Array.from({ length: 200 }, (_, at) => newId(1_700_000_000_000 + at));
  assert.deepEqual(ids, [...ids].sort());
  assert.equal(new Set(ids).size, 200);
  assert.match(ids[0]!, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a degree is about 111 km", () => {
  assert.ok(Math.abs(metres({ lat: 25, lon: -100 }, { lat: 26, lon: -100 }) - 111_320) < 1);
  assert.ok(metres({ lat: 25, lon: -100 }, { lat: 25, lon: -101 }) < 101_500);
});
