// Pages that list: ticks that are counted and kept, rows that are replaced in place while somebody reads them.

const table = document.getElementById("rows");
const bar = document.getElementById("selection");
const ticks = () => [...document.querySelectorAll("#rows .pick")];

function count() {
  const picked = ticks().filter((one) => one.checked).length;
  const words = bar.querySelector("strong[data-picked]");
  words.dataset.title ??= words.textContent;
  words.dataset.picked = String(picked);
  for (const button of bar.querySelectorAll("button")) button.disabled = !picked;
  if (!picked) words.textContent = words.dataset.title;
  else words.textContent = picked === 1 ? words.dataset.one : words.dataset.many.replace("{count}", picked);
  const all = bar.querySelector("[data-pick-all]");
  all.checked = picked > 0 && picked === ticks().length;
  all.indeterminate = picked > 0 && !all.checked;
}

// Shift and click ticks everything between: as lists do.
let last = null;
function between(event) {
  const box = event.target.closest(".pick");
  if (!box) return;
  const all = ticks();
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const one of all.slice(from, to + 1)) one.checked = box.checked;
  }
  last = box;
  count();
}

// A row that looks otherwise by now takes the place of the old one: its tick stays, and so does the focus.
let focused = null;

function replace(event) {
  const old = event.detail.target;
  if (!old?.id?.startsWith("order-")) return;
  const row = event.detail.fragment.querySelector("tr") ?? event.detail.fragment.firstElementChild;
  const box = row?.querySelector(".pick");
  if (box) box.checked = old.querySelector(".pick")?.checked ?? false;
  row?.classList.add("fresh");
  if (old.contains(document.activeElement)) {
    focused = `#${old.id} ${document.activeElement.matches(".pick") ? ".pick" : "th a"}`;
  }
}

function replaced() {
  if (focused) document.querySelector(focused)?.focus({ preventScroll: true });
  focused = null;
  count();
}

if (table && bar) {
  bar.classList.add("live");
  bar.querySelector(".all").hidden = false;
  bar.addEventListener("submit", (event) => {
    if (ticks().some((one) => one.checked)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ticks()[0]?.focus();
  }, { capture: true });
  bar.querySelector("[data-pick-all]").addEventListener("change", (event) => {
    for (const one of ticks()) one.checked = event.target.checked;
    count();
  });
  table.addEventListener("click", between);
  document.addEventListener("htmx:oobBeforeSwap", replace);
  document.addEventListener("htmx:oobAfterSwap", replaced);
  addEventListener("pageshow", count);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem("keys-off")) return;
    const box = document.activeElement?.closest("#rows tr")?.querySelector(".pick");
    if (!box || event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    event.preventDefault();
    box.checked = !box.checked;
    count();
  });
  count();
}
