// Cards: the newest counts, a late one changes nothing, what is gone stays gone.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Cards } from "../src/state/cards.ts";
import type { Card } from "../src/wire/cards.ts";

const alert = (id: string, level: string): Card => ({ card: "alert", id, level }) as unknown as Card;
const assignment = (id: string, state: string): Card => ({ card: "assignment", id, state }) as unknown as Card;
const frame = (seq: number, cards: Card[], gone: string[] = [], whole = false) => ({ seq, cards, gone, why: {}, whole });

test("the newest seq wins, whatever the order in which frames come", () => {
  const cards = new Cards();
  cards.hear(frame(5, [alert("a", "high")]));
  cards.hear(frame(4, [alert("a", "standard")]));
  assert.equal(cards.alert("a")!.level, "high");
  cards.hear(frame(5, [alert("a", "extreme")]));
  assert.equal(cards.alert("a")!.level, "extreme");
});

test("a card that comes late does not bring back what is gone", () => {
  const cards = new Cards();
  cards.hear(frame(5, [alert("a", "high")]));
  cards.hear(frame(7, [], ["a"]));
  cards.hear(frame(6, [alert("a", "high")]));
  assert.deepEqual(cards.alerts, []);
});

test("a first frame is all there is, but for accepted assignments, whose cards follow it", () => {
  const cards = new Cards();
  cards.hear(frame(5, [alert("a", "high"), assignment("offer", "offered"), assignment("task", "en_route")], [], true));
  cards.hear(frame(9, [alert("b", "high")], [], true));
  assert.deepEqual(cards.alerts.map(({ id }) => id), ["b"]);
  assert.deepEqual(cards.assignments.map(({ id }) => id), ["task"]);
  cards.hear(frame(10, [], ["task"], true));
  assert.deepEqual(cards.assignments, []);
});

test("a service that counts from the beginning again is believed in its first frame", () => {
  const cards = new Cards();
  cards.hear(frame(900, [alert("a", "high")], [], true));
  cards.hear(frame(3, [alert("a", "extreme")], [], true));
  assert.equal(cards.alert("a")!.level, "extreme");
});
