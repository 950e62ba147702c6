// Which steps a crew says after its yes, and where an assignment stands with what is still on its way.

import type { AssignmentCard, Institution } from "../wire/cards.ts";
import type { Entry, Step } from "../wire/outbox.ts";

const STEPS: Record<Institution, readonly Step[]> = {
  police: ["en-route", "on-scene", "contact", "depart", "safe", "done"],
  prosecutor: ["en-route", "on-scene", "contact", "done"],
  shelter: ["safe", "done"],
};

const STAMP_OF: Partial<Record<Step, string>> = {
  "en-route": "en_route",
  "on-scene": "on_scene",
  contact: "contact",
  depart: "departed",
  safe: "safe",
};

export const DECLINES: Record<Institution, readonly string[]> = {
  police: ["vehicle_out_of_service", "on_another_errand", "too_far", "crew_incomplete"],
  prosecutor: ["on_another_errand", "too_far", "vehicle_out_of_service"],
  shelter: ["no_place", "not_fit"],
};

export interface Standing {
  /** Offered, and nothing pressed yet that answers it. */
  asked: boolean;
  /** Said no, or given back: nothing more to press. */
  left: boolean;
  /** The next step to press; null when all is said. */
  next: Step | null;
  /** Whether it has called for help for itself, and not said since that it is well. */
  inDanger: boolean;
  /** Whether the crew may say that it is clear before the last step. */
  mayFinish: boolean;
}

/** Where the assignment stands by its card and by what was pressed and not refused. */
export function standing(card: AssignmentCard, entries: readonly Entry[]): Standing {
  const pressed = new Set(
    entries.filter((entry) => entry.assignment === card.id && entry.state !== "refused").map((entry) => entry.step),
  );
  const said = (step: Step): boolean => pressed.has(step) || STAMP_OF[step]! in card.stamps;
  const steps = STEPS[card.institution];
  // Who has left with her was there before, pressed or not.
  const last = steps.findLastIndex(said);
  const next = steps[last + 1] ?? null;
  const ofDanger = entries.filter(({ assignment, step }) => assignment === card.id && (step === "help" || step === "well"));
  const lastWord = ofDanger.filter(({ state }) => state !== "refused").at(-1)?.step;
  return {
    inDanger: lastWord === undefined ? "help" in card.stamps && !("well" in card.stamps) : lastWord === "help",
    asked: card.state === "offered" && !pressed.has("accept") && !pressed.has("decline"),
    left: pressed.has("decline") || pressed.has("withdraw") || pressed.has("done"),
    next,
    mayFinish: next !== "done" && card.institution !== "shelter" && said("on-scene") && !(said("depart") && !said("safe")),
  };
}
