// An order's page while something is under way: what became otherwise takes its place, unless somebody reads there.

import { toast } from "./app.js";

const LIVE = "[data-live]";

function read(part) {
  const selection = getSelection();
  const chosen = !selection.isCollapsed && selection.containsNode(part, true);
  return chosen || part.querySelector("details[open]") !== null;
}

function busy() {
  return document.querySelector("dialog[open]") !== null || [...document.querySelectorAll(LIVE)].some(read);
}

// What had the focus is found again by where it leads.
let focused = null;

function remember(event) {
  const here = document.activeElement;
  if (!event.detail.target?.matches?.(LIVE) || !event.detail.target.contains(here)) return;
  const form = here.closest("form[action]");
  const address = CSS.escape(here.getAttribute("href") ?? form?.getAttribute("action") ?? "");
  focused = { part: event.detail.target.id, link: form ? `form[action="${address}"] button` : `a[href="${address}"]` };
}

function restore(event) {
  if (!focused || event.detail.target?.id !== focused.part) return;
  const part = document.getElementById(focused.part);
  (part.querySelector(focused.link) ?? part.querySelector("a, button") ?? document.getElementById("content")).focus({ preventScroll: true });
  focused = null;
}

async function copied(address) {
  const text = fetch(address).then((answer) => { if (!answer.ok) throw new Error("no case"); return answer.text(); });
  if (globalThis.ClipboardItem) {
    // The promise is handed over, so that the press still counts when the answer comes.
    return navigator.clipboard.write([new ClipboardItem({ "text/plain": text.then((one) => new Blob([one], { type: "text/plain" })) })]);
  }
  return navigator.clipboard.writeText(await text);
}

async function copy(event) {
  const link = event.target.closest("a[data-copies-from]");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  // Browsers copy by themselves only over https: elsewhere the link leads to the case.
  if (!link || !plain || !navigator.clipboard) return;
  event.preventDefault();
  try {
    await copied(link.dataset.copiesFrom);
    toast(link.dataset.done, "success");
  } catch {
    location.assign(link.href);
  }
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "order-watch" && busy()) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:oobBeforeSwap", remember);
document.addEventListener("htmx:oobAfterSwap", restore);
document.addEventListener("click", copy);
