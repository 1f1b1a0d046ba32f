// Says when what is shown may be old: no connection, a page that was left open and is looked at again, or somebody who is
// signed out by now.

const OLD_AFTER = 15 * 60 * 1000;
let shownAt = Date.now();

function show(id, wanted) {
  const banner = document.getElementById(id);
  if (banner && banner.hidden === wanted) banner.hidden = !wanted;
}

function look() {
  if (document.visibilityState === "visible" && Date.now() - shownAt > OLD_AFTER) show("stale", true);
}

function connected(yes) {
  return () => show("offline", !yes);
}

// Whoever is signed out is led to another page, which is no part of this one.
function signedOut(event) {
  const link = document.querySelector("#signed-out a");
  if (!link || new URL(event.detail.xhr.responseURL).pathname !== link.pathname) return;
  event.detail.shouldSwap = false;
  link.search = new URLSearchParams({ next: location.pathname + location.search });
  show("signed-out", true);
}

addEventListener("offline", connected(false));
addEventListener("online", connected(true));
document.addEventListener("htmx:sendError", connected(false));
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) show("offline", false); });
document.addEventListener("htmx:beforeSwap", signedOut);
document.addEventListener("visibilitychange", look);
document.addEventListener("page:replaced", () => { shownAt = Date.now(); show("stale", false); });
document.addEventListener("click", (event) => { if (event.target.closest("[data-reload]")) location.reload(); });
setInterval(look, 60_000);
if (!navigator.onLine) show("offline", true);
