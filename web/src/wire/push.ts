// Web push: where this phone is woken while its line sleeps. What the worker shows then comes from here, in words
// that say nothing; what there is, the page asks with its session.

import { answer, api } from "./http.ts";

/** `on`: this phone is woken. `refused`: by its person or its browser. `none`: this center or browser has no push. */
export type WakeState = "on" | "ask" | "refused" | "none";

export interface Notice {
  title: string;
  body: string;
}

const NOTICE_CACHE = "naranja-notice";
const NOTICE = "/notice";
const SCOPE = "/unit";

/** What keeps this phone from being woken; null: nothing, as far as this browser knows. */
export function inTheWay(): Exclude<WakeState, "on"> | null {
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return "none";
  return Notification.permission === "granted" ? null : Notification.permission === "denied" ? "refused" : "ask";
}

/** Be woken on this phone from now on. Asks its person where that has to be: call it from a touch. */
export async function hearWakes(notice: Notice): Promise<WakeState> {
  const before = inTheWay();
  if (before === "none" || before === "refused") return before;
  if ((await Notification.requestPermission()) !== "granted") return inTheWay() ?? "refused";
  const told = await answer<{ key: string | null }>(api.GET("/api/session/push"));
  if (!told.ok || told.body.key === null) return "none";
  await (await caches.open(NOTICE_CACHE)).put(NOTICE, new Response(JSON.stringify(notice)));
  const subscription = await subscribed(told.body.key);
  if (subscription === null) return "none";
  const { endpoint, keys } = subscription.toJSON();
  if (endpoint === undefined || keys?.p256dh === undefined || keys.auth === undefined) return "none";
  const body = { endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } };
  const kept = await answer(api.PUT("/api/session/push", { body }));
  return kept.ok ? "on" : "none";
}

/** Be woken no more: the browser's own end of it; the service's ends with the session. */
export async function hearNoWakes(): Promise<void> {
  if (inTheWay() === "none") return;
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  await takeNoticesAway();
}

/** Somebody looks at the page: what lies on the lock screen has done its work. */
export async function takeNoticesAway(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration(SCOPE);
  for (const notice of (await registration?.getNotifications()) ?? []) notice.close();
}

/** Call `woken` when the worker was, and did not have to show anything because this page is being looked at. */
export function whenWoken(woken: () => void): void {
  navigator.serviceWorker?.addEventListener("message", (event) => {
    if (event.data === "wake") woken();
  });
}

/** The subscription of this phone under that key; another center's is given up. Null: the browser has no push. */
async function subscribed(key: string): Promise<PushSubscription | null> {
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await pushManager.subscribe(options);
  } catch (failure) {
    if (!(failure instanceof DOMException)) throw failure;
    if (failure.name !== "InvalidStateError") return null;
    await (await pushManager.getSubscription())?.unsubscribe();
    return pushManager.subscribe(options);
  }
}
