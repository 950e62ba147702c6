import "./storage.ts";

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";

import { clockTime, dayTime, liveIn } from "../src/words/words.ts";

test("times are told by the clock of the center, whatever the zone of the device", () => {
  const at = "2026-07-01T05:30:00Z";
  liveIn("America/Hermosillo");
  assert.equal(clockTime(at), "22:30:00");
  liveIn("America/Tijuana");
  assert.match(dayTime("2026-01-01T05:30:00Z"), /^31 .*21:30:00$/);
});

const LISTS = readdirSync(new URL("../src/words/es", import.meta.url)).map((file) => file.replace(".ts", ""));

async function listed(list: string): Promise<Record<"es" | "en", object>> {
  const [{ es }, { en }] = await Promise.all([import(`../src/words/es/${list}.ts`), import(`../src/words/en/${list}.ts`)]);
  return { es, en };
}

function names(words: object, under = ""): string[] {
  return Object.entries(words).flatMap(([name, value]) =>
    typeof value === "object" ? names(value as object, `${under}${name}.`) : [`${under}${name}`],
  );
}

test("both languages say the same things", async () => {
  assert.ok(LISTS.includes("common") && LISTS.length > 1);
  for (const list of LISTS) {
    const { es, en } = await listed(list);
    assert.deepEqual(names(en), names(es), list);
  }
});

test("no page says something else under a name that all pages have", async () => {
  const common = Object.keys((await listed("common")).es);
  for (const list of LISTS.filter((one) => one !== "common")) {
    assert.deepEqual(Object.keys((await listed(list)).es).filter((name) => common.includes(name)), [], list);
  }
});
