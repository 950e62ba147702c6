// The screen: lit while it is wanted, asked for again when the page comes back, and never kept by mistake.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Awake } from "../src/unit/awake.ts";

interface Lock {
  released: boolean;
  release: () => Promise<void>;
}

let locks: Lock[] = [];
let refuses = false;
let look: () => void = () => {};
const page = { hidden: false };

const lit = (): number => locks.filter(({ released }) => !released).length;
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** The page is hidden, which takes the light, or shown again. */
async function shows(hidden: boolean): Promise<void> {
  page.hidden = hidden;
  if (hidden) for (const lock of locks) lock.released = true;
  look();
  await settled();
}

beforeEach(() => {
  locks = [];
  refuses = page.hidden = false;
  const request = async (): Promise<Lock> => {
    if (refuses) throw new DOMException("low battery", "NotAllowedError");
    const lock: Lock = {
      released: false,
      release: async () => {
        lock.released = true;
      },
    };
    locks.push(lock);
    return lock;
  };
  Object.defineProperty(globalThis, "navigator", { value: { wakeLock: { request } }, configurable: true });
  const document = {
    get hidden() {
      return page.hidden;
    },
    addEventListener: (_name: string, listener: () => void) => (look = listener),
  };
  Object.defineProperty(globalThis, "document", { value: document, configurable: true });
});

test("it is lit while it is wanted, once, and then not", async () => {
  const awake = new Awake();
  await awake.keep(true);
  await awake.keep(true);
  assert.equal(locks.length, 1);
  await awake.keep(false);
  assert.equal(lit(), 0);
});

test("a page that was hidden lights it again, and only where it is still wanted", async () => {
  const awake = new Awake();
  await awake.keep(true);
  await shows(true);
  assert.equal(lit(), 0);
  await shows(false);
  assert.deepEqual([lit(), locks.length], [1, 2]);
  await awake.keep(false);
  await shows(true);
  await shows(false);
  assert.deepEqual([lit(), locks.length], [0, 2]);
});

test("what is granted after it is not wanted any more is given back", async () => {
  const awake = new Awake();
  const asked = awake.keep(true);
  await awake.keep(false);
  await asked;
  assert.deepEqual([lit(), locks.length], [0, 1]);
});

test("a phone that refuses goes dark, and nothing else happens", async () => {
  refuses = true;
  const awake = new Awake();
  await awake.keep(true);
  await awake.keep(false);
  assert.equal(locks.length, 0);
});
