import "./storage.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { clockTime, dayTime, liveIn } from "../src/words/words.ts";

test("times are told by the clock of the center, whatever the zone of the device", () => {
  const at = "2026-07-01T05:30:00Z";
  liveIn("America/Hermosillo");
  assert.equal(clockTime(at), "22:30:00");
  liveIn("America/Tijuana");
  assert.match(dayTime("2026-01-01T05:30:00Z"), /^31 .*21:30:00$/);
});
