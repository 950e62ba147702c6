// The line: what it says and hears, that it notices silence, and that it comes back from where it was.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Line, type Heard, type LineState } from "../src/wire/socket.ts";

class Socket {
  static opened: Socket[] = [];
  readyState = 0;
  said: { type: string; [name: string]: unknown }[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;

  constructor() {
    Socket.opened.push(this);
  }
  send(text: string): void {
    this.said.push(JSON.parse(text));
  }
  close(): void {
    this.readyState = 3;
  }
  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  hears(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

let heard: Heard[];
let states: LineState[];
let ended: string[];
let line: Line;

const newest = (): Socket => Socket.opened.at(-1)!;
const cards = (seq: number): object => ({ type: "cards", seq, cards: [], gone: [] });

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  (globalThis as { WebSocket: unknown }).WebSocket = Socket;
  Socket.opened = [];
  heard = [];
  states = [];
  ended = [];
  line = new Line({
    url: "ws://x/ws",
    confirms: true,
    hear: (frame) => heard.push(frame),
    ended: (code) => ended.push(code),
    now: () => Date.now(),
    chance: () => 1,
  });
  line.subscribe((view) => states.push(view.state));
  line.start();
});

afterEach(() => {
  line.stop();
  mock.timers.reset();
});

test("it says hello first, and confirms every frame of cards", () => {
  newest().opens();
  newest().hears(cards(7));
  assert.deepEqual(newest().said, [{ type: "hello", last_seq: 0 }, { type: "received", seq: 7 }]);
  assert.deepEqual(heard.map(({ seq, whole }) => [seq, whole]), [[7, true]]);
  assert.deepEqual(states, ["connecting", "live"]);
});

test("it answers the service's question, and asks itself", () => {
  newest().opens();
  newest().hears(cards(1));
  newest().hears({ type: "ping" });
  mock.timers.tick(5_000);
  assert.deepEqual(newest().said.slice(2).map(({ type }) => type), ["pong", "ping"]);
});

test("silence is a dead line within 12 s, and it connects again from where it was", () => {
  newest().opens();
  newest().hears(cards(41));
  const dead = newest();
  let waited = 0;
  while (line.view.state === "live" && waited < 20_000) {
    mock.timers.tick(100);
    waited += 100;
  }
  assert.ok(waited <= 12_000, `noticed after ${waited} ms`);
  assert.equal(dead.readyState, 3);
  mock.timers.tick(1_000);
  assert.notEqual(newest(), dead);
  newest().opens();
  assert.deepEqual(newest().said, [{ type: "hello", last_seq: 41 }]);
  newest().hears(cards(41));
  assert.equal(heard.at(-1)!.whole, true);
});

test("a line that is heard now and then lives on", () => {
  newest().opens();
  newest().hears(cards(1));
  for (let round = 0; round < 10; round += 1) {
    mock.timers.tick(9_000);
    newest().hears({ type: "pong" });
  }
  assert.equal(line.view.state, "live");
  assert.equal(Socket.opened.length, 1);
});

test("pauses grow while it fails, never beyond ten seconds, and are short again after a success", () => {
  const pauses: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const before = Socket.opened.length;
    newest().onclose?.();
    let waited = 0;
    while (Socket.opened.length === before) {
      mock.timers.tick(100);
      waited += 100;
    }
    pauses.push(waited);
  }
  assert.deepEqual(pauses, [...pauses].sort((a, b) => a - b));
  assert.equal(Math.max(...pauses), 10_000);
  newest().opens();
  newest().hears(cards(1));
  newest().onclose?.();
  const before = Socket.opened.length;
  mock.timers.tick(400);
  assert.equal(Socket.opened.length, before + 1);
});

test("a session that ended is not tried again", () => {
  newest().opens();
  newest().hears({ type: "problem", code: "not_signed_in" });
  mock.timers.tick(60_000);
  assert.deepEqual(ended, ["not_signed_in"]);
  assert.equal(Socket.opened.length, 1);
});

test("what comes late from a line that was given up is not heard", () => {
  newest().opens();
  newest().hears(cards(1));
  const dead = newest();
  mock.timers.tick(12_000);
  dead.hears(cards(2));
  assert.deepEqual(heard.map(({ seq }) => seq), [1]);
});
