// The outbox: nothing pressed is lost, sent in order under one id, and said to be confirmed only when it is.

import "fake-indexeddb/auto";

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { all, openDatabase, OUTBOX } from "../src/wire/database.ts";
import type { Answer } from "../src/wire/http.ts";
import { Outbox, type Entry } from "../src/wire/outbox.ts";
import { NO_LINE } from "../src/wire/problem.ts";

const OK: Answer<unknown> = { ok: true, body: {} };
const NO_ANSWER: Answer<unknown> = { ok: false, problem: NO_LINE };
const refusal = (status: number, code: string): Answer<unknown> => ({ ok: false, problem: { status, code, detail: "" } });
const alone = (work: () => Promise<void>): Promise<void> => work();

let database: IDBDatabase;
let sent: Entry[];
let says: (entry: Entry) => Answer<unknown>;
let now: number;
const boxes: Outbox[] = [];

afterEach(async () => {
  for (const outbox of boxes.splice(0)) {
    outbox.stop();
    await outbox.send();
  }
});

beforeEach(async () => {
  database?.close();
  indexedDB.deleteDatabase("naranja");
  database = await openDatabase();
  sent = [];
  says = () => OK;
  now = Date.parse("2026-05-31T22:15:00Z");
});

async function opened(signedOut = () => {}): Promise<Outbox> {
  const outbox = await Outbox.open({
    database,
    send: (entry) => {
      sent.push(entry);
      return Promise.resolve(says(entry));
    },
    alone,
    now: () => now,
    signedOut,
  });
  boxes.push(outbox);
  return outbox;
}

const states = (outbox: Outbox): string[] => outbox.entries.map(({ step, state }) => `${step} ${state}`);

test("what is pressed is kept first, then sent, then confirmed", async () => {
  const outbox = await opened();
  const seen: string[] = [];
  outbox.subscribe((entries) => entries.forEach(({ state }) => seen.at(-1) === state || seen.push(state)));
  outbox.belongsTo("me");
  await outbox.press("a", "en-route");
  await outbox.send();
  assert.deepEqual(seen, ["saved", "sent", "confirmed"]);
});

test("without an answer it stays, and is sent again under its id with its own time", async () => {
  says = () => NO_ANSWER;
  const outbox = await opened();
  outbox.belongsTo("me");
  await outbox.press("a", "on-scene");
  await outbox.send();
  assert.deepEqual(states(outbox), ["on-scene sent"]);
  now += 3_600_000;
  says = () => OK;
  await outbox.send();
  assert.deepEqual(states(outbox), ["on-scene confirmed"]);
  assert.equal(new Set(sent.map(({ id }) => id)).size, 1);
  assert.deepEqual([...new Set(sent.map(({ at_device }) => at_device))], ["2026-05-31T22:15:00.000Z"]);
});

test("a tab that was killed loses nothing, and a new one sends it in order", async () => {
  says = () => NO_ANSWER;
  const killed = await opened();
  killed.belongsTo("me");
  for (const step of ["accept", "en-route", "on-scene"] as const) await killed.press("a", step);
  await killed.send();
  killed.stop();
  sent = [];
  says = () => OK;
  const outbox = await opened();
  assert.equal(outbox.waiting.length, 3);
  outbox.belongsTo("me");
  await outbox.send();
  assert.deepEqual(sent.map(({ step }) => step), ["accept", "en-route", "on-scene"]);
  assert.equal(outbox.waiting.length, 0);
});

test("one that is refused says why and does not hold up the next", async () => {
  says = ({ step }) => (step === "accept" ? refusal(409, "offer_over") : OK);
  const outbox = await opened();
  outbox.belongsTo("me");
  await outbox.press("a", "accept");
  await outbox.press("b", "seen");
  await outbox.send();
  assert.deepEqual(states(outbox), ["accept refused", "seen confirmed"]);
  assert.equal(outbox.entries[0]!.code, "offer_over");
});

for (const status of [429, 500, 503]) {
  test(`${status} is no answer: the next waits behind it`, async () => {
    says = () => refusal(status, "not_saved");
    const outbox = await opened();
    outbox.belongsTo("me");
    await outbox.press("a", "accept");
    await outbox.press("a", "en-route");
    await outbox.send();
    assert.deepEqual(states(outbox), ["accept sent", "en-route saved"]);
  });
}

test("a session that ended keeps everything for the next one of the same person", async () => {
  let signedOut = 0;
  says = () => refusal(401, "not_signed_in");
  const outbox = await opened(() => (signedOut += 1));
  outbox.belongsTo("me");
  await outbox.press("a", "accept");
  await outbox.send();
  assert.deepEqual([signedOut > 0, states(outbox)], [true, ["accept saved"]]);
});

test("what one person pressed is never sent for another", async () => {
  says = () => NO_ANSWER;
  const outbox = await opened();
  outbox.belongsTo("me");
  await outbox.press("a", "accept");
  await outbox.send();
  sent = [];
  says = () => OK;
  outbox.belongsTo("somebody else");
  await outbox.send();
  assert.deepEqual([sent.length, outbox.waiting.length], [0, 1]);
});

test("an entry holds ids, a step and a time, and nothing else", async () => {
  const outbox = await opened();
  outbox.belongsTo("me");
  await outbox.press("a", "decline", "too_far");
  await outbox.send();
  const [entry] = await all<Entry>(database, OUTBOX);
  const names = ["assignment", "at_device", "code", "id", "n", "person", "reason", "state", "step"];
  assert.deepEqual(Object.keys(entry!).sort(), names);
});

test("settled entries of an assignment that is over are forgotten, waiting ones are not", async () => {
  const outbox = await opened();
  outbox.belongsTo("me");
  await outbox.press("a", "en-route");
  await outbox.send();
  says = () => NO_ANSWER;
  await outbox.press("a", "done");
  await outbox.send();
  await outbox.forget(["a"]);
  assert.deepEqual(states(outbox), ["done sent"]);
  await outbox.clear();
  assert.deepEqual(await all(database, OUTBOX), []);
});
