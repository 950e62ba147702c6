// One call as it is taken down: sent first, then every answer by itself, each under an id of its own until saved.

import type { Threat } from "../wire/cards.ts";
import { answer, api, type Answer, type Receipt } from "../wire/http.ts";
import { newId } from "../wire/ids.ts";
import { isUnsettled, type Problem } from "../wire/problem.ts";
import type { TypedPlace } from "./place.ts";

const AGAIN_MS = 2_000;

/** Questions in the order in which they are asked: what endangers whoever goes there comes first. */
export const QUESTIONS = [
  "aggressor_present",
  "weapon_present",
  "weapon_used",
  "threatened_to_kill",
  "fears_death",
  "strangled",
  "children_present",
  "order_in_force",
  "repeat",
] as const;

export const NEEDS = ["police", "prosecutor", "shelter"] as const;
export type Wanted = (typeof NEEDS)[number];

/** Who is kept out, as it is typed. */
export interface KeptOut {
  units: string;
  crew: string;
  agencies: string;
}

export const NOBODY: KeptOut = { units: "", crew: "", agencies: "" };

/** As the service takes it: codes parted by spaces, names of agencies by commas. */
export function keepOut(typed: KeptOut): { units: string[]; crew: string[]; agencies: string[] } {
  const parted = (text: string, by: RegExp): string[] => text.split(by).map((one) => one.trim()).filter((one) => one !== "");
  return { units: parted(typed.units, /[\s,;]+/), crew: parted(typed.crew, /[\s,;]+/), agencies: parted(typed.agencies, /[,;]/) };
}

/** How she answers: freely, by taps, or in words that mean something else to whoever listens. */
export const WAYS = ["speak", "tap", "food", "survey"] as const;
export type Way = (typeof WAYS)[number];

/** The national catalogue's code of a call in which nobody speaks. */
const SILENT = "70104";

/** What survives the tab; `id` is the alert's command, the same however often it is sent. */
export interface Draft {
  id: string;
  /** When the call began: its key, or the first letter (T0). */
  receivedAt: string | null;
  place: string;
  accuracy: number | null;
  /** How the place was found, where it was not said in numbers. */
  found: "map" | "address" | null;
  needs: Wanted[];
  keptOut: KeptOut;
  folio: string | null;
  alert: string | null;
  joined: boolean;
  /** Nobody spoke when the call came. */
  silent: boolean;
  way: Way;
  answers: Partial<Record<string, Threat>>;
  safeToTalk: Threat | null;
}

export function freshDraft(): Draft {
  return {
    id: newId(),
    receivedAt: null,
    place: "",
    accuracy: null,
    found: null,
    needs: [...NEEDS],
    keptOut: { ...NOBODY },
    folio: null,
    alert: null,
    joined: false,
    silent: false,
    way: "speak",
    answers: {},
    safeToTalk: null,
  };
}

/** Ask until the service has settled it, under the same id; `unsaved` hears of every time it was not. */
export async function insist<T>(ask: () => Promise<Answer<T>>, unsaved: (problem: Problem) => void): Promise<Answer<T>> {
  for (;;) {
    const said = await ask();
    if (said.ok || !isUnsettled(said.problem)) return said;
    unsaved(said.problem);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** A street or a corner of the region that an address may mean. */
export interface FoundPlace {
  name: string;
  zone: string;
  lat: number;
  lon: number;
  accuracy_m: number;
}

/** What these words may mean; nothing where the service does not answer: a place can be pointed at all the same. */
export async function findPlaces(text: string): Promise<FoundPlace[]> {
  const said = await answer<{ places: FoundPlace[] }>(api.POST("/api/places", { body: { text: text.slice(0, 300) } }));
  return said.ok ? said.body.places : [];
}

/** Raise the alert of this draft. */
export function raise(draft: Draft, place: TypedPlace): Promise<Answer<Receipt>> {
  const { lat, lon, address, source } = place;
  return answer<Receipt>(
    api.POST("/api/alerts", {
      body: {
        id: draft.id,
        at_device: draft.receivedAt,
        received_at: draft.receivedAt,
        where: { lat, lon, accuracy_m: draft.accuracy ?? place.accuracyM, address, source: draft.found ?? source },
        needs: draft.needs,
        ...(draft.silent ? { incident: SILENT } : {}),
        keep_out: keepOut(draft.keptOut),
      },
    }),
  );
}

/** What was told later, under one id. */
export interface Told {
  threat?: Record<string, Threat>;
  note?: string;
  telephone?: string;
  keptOut?: KeptOut;
  /** Agreed with her: one to cancel with, one that looks like it and calls for help. */
  codeWords?: { cancel: string; duress: string };
}

export function tell(id: string, alert: string, told: Told): Promise<Answer<Receipt>> {
  return answer<Receipt>(
    api.PATCH("/api/alerts/{alert}", {
      params: { path: { alert } },
      body: {
        id,
        threat: told.threat ?? {},
        note: told.note ?? null,
        keep_out: keepOut(told.keptOut ?? NOBODY),
        code_words: told.codeWords ?? null,
        caller: told.telephone === undefined ? null : { role: "caller", telephone: told.telephone },
      },
    }),
  );
}
