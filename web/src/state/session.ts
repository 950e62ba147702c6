// Who is signed in, which page is theirs, and leaving without leaving anything behind.

import { openDatabase, written } from "../wire/database.ts";
import { answer, api, whoAmI, type Me } from "../wire/http.ts";
import { isUnsettled } from "../wire/problem.ts";
import { liveIn } from "../words/words.ts";
import { hearNoWakes } from "../wire/push.ts";

export const PAGE_OF: Partial<Record<string, string>> = {
  operator: "/console",
  supervisor: "/console",
  coordinator: "/coordinator",
  unit: "/unit",
  shelter: "/unit",
};

const ASK_AGAIN_MS = 2_000;

/** Who is signed in, asked until the service answers; whoever has no business on this page is sent to their own. */
export async function signedIn(roles: readonly string[], waits: () => void = () => {}): Promise<Me> {
  for (;;) {
    const me = await whoAmI();
    if (me.ok && roles.includes(me.body.role)) {
      liveIn(me.body.time_zone);
      return me.body;
    }
    if (me.ok || !isUnsettled(me.problem)) {
      location.replace("/");
      return new Promise(() => {});
    }
    waits();
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

/** End the session and empty what this device keeps. Returns false where the service did not answer. */
export async function signOut(): Promise<boolean> {
  const said = await answer(api.DELETE("/api/session"));
  if (!said.ok && isUnsettled(said.problem)) return false;
  await leaveNothing();
  location.replace("/");
  return true;
}

/** Empty the stores and the cache of this device. */
export async function leaveNothing(): Promise<void> {
  await hearNoWakes();
  const database = await openDatabase();
  for (const name of database.objectStoreNames) await written(database, name, (store) => store.clear());
  database.close();
  for (const name of await caches.keys()) await caches.delete(name);
}
