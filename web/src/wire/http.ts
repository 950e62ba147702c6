// Questions to the service over HTTP. Every one ends within a time, with an answer or with a problem.

import createClient from "openapi-fetch";

import type { paths } from "./api.d.ts";
import { NO_LINE, problemOf, type Problem } from "./problem.ts";

const ANSWER_WITHIN_MS = 10_000;

export type Answer<T> = { ok: true; body: T } | { ok: false; problem: Problem };

/** Who is signed in. */
export interface Me {
  person: string;
  login: string;
  role: string;
  unit: string | null;
  time_zone: string;
}

/** What the service answers to a command that it saved. */
export interface Receipt {
  id: string;
  seq: number;
  alert: string | null;
  folio: string | null;
  level: string | null;
  joined?: boolean;
  keep_out_unmatched?: number;
}

/** The API by its own description: paths and bodies are checked when the pages are built. */
export const api = createClient<paths>({
  baseUrl: "",
  fetch: (request) => fetch(request, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }),
});

/** The answer as a value; a line that is down is a problem like any other. */
export async function answer<T>(
  asked: Promise<{ data?: unknown; error?: unknown; response: Response }>,
): Promise<Answer<T>> {
  try {
    const { data, error, response } = await asked;
    return response.ok ? { ok: true, body: data as T } : { ok: false, problem: problemOf(response.status, error) };
  } catch (failure) {
    if (failure instanceof TypeError || failure instanceof DOMException || failure instanceof SyntaxError) {
      return { ok: false, problem: NO_LINE };
    }
    throw failure;
  }
}

export const whoAmI = (): Promise<Answer<Me>> => answer<Me>(api.GET("/api/session"));
