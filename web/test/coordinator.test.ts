// What the coordinator's page works out by itself: days of the center's clock, shapes on a sheet, steps of a scale.

import "./storage.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { beginning, dayOf, localOf, momentOf } from "../src/coordinator/localTime.ts";
import { outlines, SHEET, stepOf } from "../src/coordinator/outlines.ts";
import { pointsOf, type Figures } from "../src/coordinator/report.ts";

test("a day begins at the center's midnight, whatever the zone of the device", () => {
  assert.equal(beginning("2026-11-24"), "2026-11-24T06:00:00.000Z");
  assert.equal(beginning("2026-11-30", 1), "2026-12-01T06:00:00.000Z");
  assert.equal(beginning("2026-12-31", 1), "2027-01-01T06:00:00.000Z");
  // Mexico's clocks were an hour ahead in summer until 2022.
  assert.equal(beginning("2022-07-01"), "2022-07-01T05:00:00.000Z");
});

test("a moment and its local text say the same", () => {
  for (const at of [0, Date.UTC(2022, 3, 3, 8, 30), Date.UTC(2022, 9, 30, 12, 0), Date.UTC(2026, 1, 28, 5, 59)]) {
    assert.equal(momentOf(localOf(at)), at);
  }
});

test("days are counted on the center's calendar", () => {
  const evening = Date.UTC(2026, 2, 1, 3, 0);
  assert.equal(dayOf(evening), "2026-02-28");
  assert.equal(dayOf(evening, 1), "2026-03-01");
  assert.equal(dayOf(evening, -28), "2026-01-31");
});

test("zones keep their place and their proportions on the sheet", () => {
  const square = (west: number, south: number) => [
    [[west, south], [west + 1, south], [west + 1, south + 1], [west, south + 1], [west, south]],
  ];
  const zone = (id: string, coordinates: number[][][]) => ({
    properties: { id, name: id },
    geometry: { type: "Polygon", coordinates },
  });
  const { zones, height } = outlines({ features: [zone("south", square(-100, 0)), zone("north", square(-100, 1))] });
  assert.ok(Math.abs(height - 2 * SHEET) < 1, "at the equator a degree is as wide as it is high");
  assert.ok(zones[1]!.y < zones[0]!.y, "north is up");
  assert.match(zones[0]!.path, /^M[\d. L]+Z$/);
  assert.deepEqual(outlines({ features: [] }), { zones: [], height: 0 });
});

test("four steps from the fastest to the slowest, none for what is not told", () => {
  const among = [100, 200, 300, 500];
  assert.deepEqual(among.map((one) => stepOf(one, among)), [0, 1, 2, 3]);
  assert.equal(stepOf(null, among), null);
  assert.equal(stepOf(7, [7]), 0);
});

test("a chart draws the rows of its interval, and a star as nothing", () => {
  const column = (key: string) => ({ key, label: key, kind: "text" });
  const found = {
    table: {
      columns: ["interval", "zone", "n", "p50_s", "p90_s"].map(column),
      rows: [["Despacho", "Centro", 9, 1, 2], ["Respuesta", "Centro", 9, 60, 90], ["Respuesta", "Norte", "*", "*", "*"]],
      shown: [["Despacho", "Centro", "9", "0:01", "0:02"], ["Respuesta", "Centro", "9", "1:00", "1:30"], ["Respuesta", "Norte", "*", "*", "*"]],
    },
    rows: ["processing", "response", "response"].map((interval, at) => ({ interval, group: { zone: at === 2 ? "norte" : "centro" } })),
    definitions: [],
  } as unknown as Figures;
  const points = pointsOf(found, "response");
  assert.deepEqual(points.map((point) => [point.label, point.p50, point.p90Shown]), [["Centro", 60, "1:30"], ["Norte", "*", "*"]]);
});
