/**
 * The service worker: keeps the page's own files, so that it opens at once and says what is wrong when there is
 * no network. Messages go over WebSocket, which it never sees: none is ever kept.
 */

const FOLDER = "{folder}";
const PAGE = "/";

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(FOLDER);
    await cache.add(PAGE);
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== FOLDER).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === PAGE) event.respondWith(newest(request));
  else if (url.pathname.startsWith(`${FOLDER}/`)) event.respondWith(kept(request));
});

/** The page as the server has it; the kept one where there is no server. */
async function newest(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(PAGE)) ?? Response.error();
  }
}

/** A file whose name says what is in it: once is enough. */
async function kept(request) {
  const cache = await caches.open(FOLDER);
  const known = await cache.match(request);
  if (known) return known;
  const fresh = await fetch(request);
  if (fresh.ok) await cache.put(request, fresh.clone());
  return fresh;
}
