// What people do to an alert by hand, each a command with an id that stays until the service has settled it.

import type { Institution, Level, Threat } from "../wire/cards.ts";
import { answer, api, type Answer } from "../wire/http.ts";

type Said = Promise<Answer<unknown>>;

export const REASONS = {
  recall: ["nearer_unit", "unfit_unit", "caller_asked", "mistake"],
  callOff: ["not_needed", "mistake"],
  raise: ["more_danger", "caller_asked"],
  lower: ["less_danger", "mistake"],
  cancel: ["caller_asked", "mistake", "not_needed"],
} as const;

export const DISPOSITIONS = ["attended", "not_found", "refused_help", "false_alarm"] as const;

const ofNeed = (alert: string, need: string) => ({ path: { alert, need } });
const ofAlert = (alert: string) => ({ path: { alert } });

export const assign = (id: string, alert: string, need: string, unit: string): Said =>
  answer(api.POST("/api/alerts/{alert}/needs/{need}/assign", { params: ofNeed(alert, need), body: { id, unit } }));

export const recall = (id: string, alert: string, need: string, reason: string): Said =>
  answer(api.POST("/api/alerts/{alert}/needs/{need}/recall", { params: ofNeed(alert, need), body: { id, reason } }));

export const callOff = (id: string, alert: string, need: string, reason: string): Said =>
  answer(api.POST("/api/alerts/{alert}/needs/{need}/call-off", { params: ofNeed(alert, need), body: { id, reason } }));

export const acknowledge = (id: string, alert: string, need: string | null): Said =>
  answer(api.POST("/api/alerts/{alert}/acknowledge", { params: ofAlert(alert), body: { id, need } }));

export const raiseLevel = (id: string, alert: string, level: Level, reason: string): Said =>
  answer(api.POST("/api/alerts/{alert}/level", { params: ofAlert(alert), body: { id, level, reason } }));

/** A supervisor's alone. */
export const lowerLevel = (id: string, alert: string, level: Level, reason: string): Said =>
  answer(api.POST("/api/alerts/{alert}/level", { params: ofAlert(alert), body: { id, level, reason, lower: true } }));

export const addNeed = (id: string, alert: string, institution: Institution): Said =>
  answer(api.POST("/api/alerts/{alert}/needs", { params: ofAlert(alert), body: { id, institution } }));

export const askNeighbour = (id: string, alert: string, need: string): Said =>
  answer(api.POST("/api/alerts/{alert}/needs/{need}/neighbour", { params: ofNeed(alert, need), body: { id } }));

/** The other one goes on for both. */
export const merge = (id: string, alert: string, into: string): Said =>
  answer(api.POST("/api/alerts/{alert}/merge", { params: ofAlert(alert), body: { id, into } }));

/** A call that joined wrongly gets an alert of its own, where that call said it is. */
export const split = (id: string, alert: string, call: string, needs: Institution[]): Said =>
  answer(api.POST("/api/alerts/{alert}/split", { params: ofAlert(alert), body: { id, call, needs } }));

export const cancel = (id: string, alert: string, reason: string, word: string): Said =>
  answer(api.POST("/api/alerts/{alert}/cancel", { params: ofAlert(alert), body: { id, reason, word: word || null } }));

export interface Ending {
  disposition: string;
  safe: Threat;
  whereabouts: string;
  order: string;
}

export const close = (id: string, alert: string, { order, ...ending }: Ending): Said =>
  answer(api.POST("/api/alerts/{alert}/close", { params: ofAlert(alert), body: { id, ...ending, order: order || null } }));
