// Single keys: search, walk through rows, open, ship, help. They can be switched off in the help, and never work while
// somebody types.

const OFF = "keys-off";
const box = () => document.getElementById("keys-on");

function typing(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]") !== null;
}

function rows() {
  return [...document.querySelectorAll("main .scroll tbody tr")].filter((row) => row.querySelector("th a, a"));
}

function walk(step) {
  const all = rows();
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1)];
  if (!next) return;
  next.querySelector("th a, a").focus();
  next.scrollIntoView({ block: "nearest" });
}

function follow(selector) {
  const row = rows().find((one) => one.contains(document.activeElement));
  const link = row?.querySelector(selector) ?? (selector === "th a" ? null : document.querySelector(`main ${selector}`));
  link?.click();
}

const KEYS = {
  "/": () => document.querySelector("main input[type=search]")?.select(),
  j: () => walk(1),
  k: () => walk(-1),
  o: () => follow("th a"),
  s: () => follow("[data-key=s]"),
  "?": () => document.getElementById("keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || localStorage.getItem(OFF)) return;
  if (!KEYS[event.key] || typing(event.target) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  KEYS[event.key]();
});

function showChoice() {
  if (box()) box().checked = !localStorage.getItem(OFF);
}

document.addEventListener("change", (event) => {
  if (event.target !== box()) return;
  if (box().checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "yes");
});
document.addEventListener("page:replaced", showChoice);
showChoice();
