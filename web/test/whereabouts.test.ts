// Where the phone is: told while on duty, as often as it moves, and watched by nobody otherwise.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { direction } from "../src/unit/direction.ts";
import { Whereabouts } from "../src/unit/whereabouts.ts";

const HERE = { lat: 25.67, lon: -100.31 };
const STREET_AWAY = { lat: 25.6709, lon: -100.31 };

let watching: ((position: unknown) => void)[] = [];
let precise: boolean[] = [];
let said: { lat: number; lon: number; at: string }[] = [];
let line = true;

beforeEach(() => {
  watching = [];
  precise = [];
  said = [];
  line = true;
  const geolocation = {
    watchPosition: (heard: (position: unknown) => void, _failed: unknown, options: PositionOptions) => {
      precise.push(options.enableHighAccuracy === true);
      return watching.push(heard);
    },
    clearWatch: (watch: number) => {
      delete watching[watch - 1];
    },
  };
  Object.defineProperty(globalThis, "navigator", { value: { geolocation }, configurable: true });
});

const whereabouts = (): Whereabouts =>
  new Whereabouts((frame) => {
    if (line) said.push(frame as (typeof said)[number]);
    return line;
  });

function fix({ lat, lon }: { lat: number; lon: number }, at_s: number): void {
  for (const heard of watching) heard?.({ coords: { latitude: lat, longitude: lon, accuracy: 12 }, timestamp: at_s * 1000 });
}

const told = (): number[] => said.map(({ at }) => Date.parse(at) / 1000);

test("off duty nothing is watched and nothing is said", () => {
  const phone = whereabouts();
  phone.follow(false, false);
  assert.equal(watching.length, 0);
  assert.equal(phone.here, null);
});

test("who moves says so every fifteen seconds, who stands once a minute", () => {
  const phone = whereabouts();
  phone.follow(true, false);
  for (let second = 0; second <= 180; second += 1) fix(HERE, second);
  assert.deepEqual(told(), [0, 60, 120, 180]);
  said = [];
  for (let second = 181; second <= 240; second += 1) fix(second % 2 ? STREET_AWAY : { lat: 25.7, lon: -100.31 }, second);
  assert.deepEqual(told(), [195, 210, 225, 240]);
});

test("only on the way to her is it as exact as the phone can be", () => {
  const phone = whereabouts();
  phone.follow(true, false);
  phone.follow(true, true);
  phone.follow(true, true);
  phone.follow(true, false);
  assert.deepEqual(precise, [false, true, false]);
  assert.equal(watching.filter(Boolean).length, 1);
});

test("when the duty ends the watch ends and what was known is forgotten", () => {
  const phone = whereabouts();
  phone.follow(true, true);
  fix(HERE, 0);
  assert.deepEqual(phone.here, { ...HERE, at: 0 });
  phone.follow(false, false);
  fix(STREET_AWAY, 100);
  assert.equal(watching.filter(Boolean).length, 0);
  assert.deepEqual(told(), [0]);
  assert.equal(phone.here, null);
});

test("what a dead line did not take is said with the next fix", () => {
  const phone = whereabouts();
  phone.follow(true, false);
  line = false;
  fix(HERE, 0);
  line = true;
  fix(HERE, 1);
  assert.deepEqual(told(), [1]);
});

test("the way to a place is reckoned in eighths of the compass and metres", () => {
  const to = (lat: number, lon: number): string => direction(HERE, { lat: HERE.lat + lat, lon: HERE.lon + lon }).towards;
  assert.deepEqual(
    [to(0.01, 0), to(0.01, 0.011), to(0, 0.01), to(-0.01, 0.011), to(-0.01, 0), to(-0.01, -0.011), to(0, -0.01), to(0.01, -0.011)],
    ["n", "ne", "e", "se", "s", "sw", "w", "nw"],
  );
  assert.equal(Math.round(direction(HERE, STREET_AWAY).far_m), 100);
});
