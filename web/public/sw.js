// Lets the unit's page open without a network: keeps its shell (one page and the files it names) and nothing else.
// Answers of the service never pass through here, and a page that was opened before this worker goes on without it.
// Woken by push, it says that there is something, and not what.

const SHELL = "naranja-shell";
const PAGE = "/unit";
const PAGE_WITHIN_MS = 3000;
const NOTICE_CACHE = "naranja-notice";
const NOTICE = "/notice";
const UNTOLD = { title: "Aviso", body: "" };

self.addEventListener("install", (event) => {
  event.waitUntil(fetchPage().then(() => self.skipWaiting()));
});

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname === PAGE) event.respondWith(page());
  else if (pathname.startsWith("/assets/") || pathname === "/icon.svg") event.respondWith(file(event.request));
});

// The newest page, or the kept one where the network says nothing in time.
async function page() {
  const cache = await caches.open(SHELL);
  const kept = await cache.match(PAGE);
  if (kept === undefined) return fetch(PAGE);
  try {
    return await fetchPage(AbortSignal.timeout(PAGE_WITHIN_MS));
  } catch {
    return kept;
  }
}

// Fetch the page, keep it with every file it names, and drop files that it does not name any more.
async function fetchPage(signal) {
  const answer = await fetch(PAGE, { signal, cache: "no-store" });
  if (!answer.ok) throw new Error("no page");
  const cache = await caches.open(SHELL);
  const named = [...(await answer.clone().text()).matchAll(/(?:href|src)="(\/assets\/[^"]+|\/icon\.svg)"/g)].map((found) => found[1]);
  for (const name of named) if ((await cache.match(name)) === undefined) await cache.add(name);
  await cache.put(PAGE, answer.clone());
  const wanted = new Set([PAGE, ...named]);
  for (const request of await cache.keys()) {
    if (!wanted.has(new URL(request.url).pathname)) await cache.delete(request);
  }
  return answer;
}

// Names of files carry a hash of what is in them, so a kept one is never old.
async function file(request) {
  const cache = await caches.open(SHELL);
  return (await cache.match(request)) ?? fetch(request);
}

self.addEventListener("push", (event) => {
  event.waitUntil(wake());
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage());
});

// A page that is being looked at calls its person by itself; it is told to look. Else a notice, the same for everything.
async function wake() {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const page of pages) page.postMessage("wake");
  if (pages.some((page) => page.visibilityState === "visible" && new URL(page.url).pathname === PAGE)) return;
  const kept = await (await caches.open(NOTICE_CACHE)).match(NOTICE);
  const { title, body } = kept === undefined ? UNTOLD : await kept.json();
  await self.registration.showNotification(title, {
    body,
    tag: "notice",
    renotify: true,
    requireInteraction: true,
    vibrate: [400, 150, 400, 150, 400],
  });
}

async function openPage() {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const mine = pages.find((page) => new URL(page.url).pathname === PAGE);
  if (mine === undefined) await self.clients.openWindow(PAGE);
  else await mine.focus();
}
