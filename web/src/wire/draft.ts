// The call that is being taken down survives its tab: sealed with a key that cannot be taken out of this browser.
//
// It is the one personal thing kept here (docs/decisions/0022): one draft, for half an hour, and gone when the
// alert is saved or its operator signs out.

import { asked, DRAFT, written } from "./database.ts";

const KEPT_MS_MAX = 30 * 60_000;

interface Sealed {
  key: CryptoKey;
  nonce: Uint8Array<ArrayBuffer>;
  sealed: ArrayBuffer;
  at: number;
}

/** Keep this draft of this person, instead of the one before. */
export async function keepDraft(database: IDBDatabase, person: string, draft: unknown): Promise<void> {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const text = new TextEncoder().encode(JSON.stringify(draft));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, text);
  const kept: Sealed = { key, nonce, sealed, at: Date.now() };
  await written(database, DRAFT, (store) => store.put(kept, person));
}

/** The draft this person left, or null; drafts of others and old ones are dropped. */
export async function readDraft<T>(database: IDBDatabase, person: string): Promise<T | null> {
  const kept = await asked<Sealed | undefined>(database.transaction(DRAFT).objectStore(DRAFT).get(person));
  if (kept === undefined || Date.now() - kept.at > KEPT_MS_MAX) {
    await dropDrafts(database);
    return null;
  }
  const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.nonce }, kept.key, kept.sealed);
  return JSON.parse(new TextDecoder().decode(text)) as T;
}

/** No draft is kept any more. */
export async function dropDrafts(database: IDBDatabase): Promise<void> {
  await written(database, DRAFT, (store) => store.clear());
}
