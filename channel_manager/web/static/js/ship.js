// The server says whose a tracking number is by its form, while it is typed: the carrier follows the number until a
// person chooses one. Without this file the same is told on Preview.

import { unmark } from "./app.js";

function parts(inside) {
  const track = inside.closest("[data-track]");
  const named = (name) => track?.querySelector(`[name$="${name}"]`);
  return { track, carrier: named("carrier"), title: named("title"), suggested: named("suggested") };
}

function follow(said) {
  const { track, carrier, title } = parts(said);
  if (!track) return;
  const told = said.querySelector("[data-follows]");
  // An answer to what stood there before says nothing of what a person has chosen since.
  if (told && !carrier.dataset.chosen && document.activeElement !== carrier) {
    carrier.value = told.dataset.follows;
    if (told.dataset.title || carrier.value !== "custom") title.value = told.dataset.title;
  }
  for (const input of track.querySelectorAll("[aria-invalid]")) unmark(input);
}

document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target?.matches?.(".said")) follow(event.detail.target);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.matches?.(".said")) follow(event.detail.target);
});
// Before the form is asked about: a carrier that a person chose follows nothing any more.
document.addEventListener("change", (event) => {
  if (!event.target.matches('[data-track] [name$="carrier"]')) return;
  const { suggested } = parts(event.target);
  if (suggested) suggested.value = "";
  if (event.target.value) event.target.dataset.chosen = "yes";
  else delete event.target.dataset.chosen;
}, { capture: true });
