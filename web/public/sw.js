// Lets the unit's page open without a network: keeps its shell (one page and the files it names) and nothing else.
// Answers of the service never pass through here.

const SHELL = "naranja-shell";
const PAGE = "/unit";
const PAGE_WITHIN_MS = 3000;

self.addEventListener("install", (event) => {
  event.waitUntil(fetchPage().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
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
