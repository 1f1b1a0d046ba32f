// Everything works without scripts. With them times follow the viewer's zone, deadlines count, a button is pressed once,
// what is to be copied is copied, and light or dark changes in place.

const YEAR = 60 * 60 * 24 * 365;

function remember(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${value ? YEAR : 0}; samesite=lax${secure}`;
}

function tellTimeZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes(`time_zone=${zone}`)) remember("time_zone", zone);
}

function pressOnce(event) {
  if (event.defaultPrevented || event.target.method !== "post") return;
  // After the browser has read the form, so that the pressed button's own value is sent.
  setTimeout(() => {
    for (const button of event.target.querySelectorAll("button")) button.disabled = true;
  });
}

// What was wrong when a form came back may be right by now: what was said of it goes, and the server looks again. What is
// missing stays.
export function unmark(input) {
  const place = input.closest(".wrong");
  if (!place || !input.value) return;
  place.querySelector(".field-errors")?.remove();
  place.classList.remove("wrong");
  input.removeAttribute("aria-invalid");
  if (!document.getElementById(input.getAttribute("aria-describedby"))) input.removeAttribute("aria-describedby");
}

function release() {
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
}

// What only scripts can do is hidden until they run; again after a part of the page was replaced. A part that needs a
// module of its own brings it, wherever it is opened.
function offer() {
  for (const one of document.querySelectorAll("[data-module]")) import(`./${one.dataset.module}.js`);
  for (const one of document.querySelectorAll("[data-copies][hidden], [data-opens][hidden]")) one.hidden = false;
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(source.textContent);
    toast(button.dataset.done, "success");
  } catch {
    // Browsers copy by themselves only over https: what is selected is copied by hand.
    getSelection().selectAllChildren(source);
  }
}

function prefer(event) {
  const form = event.target.closest("[data-preference]");
  const button = event.submitter;
  if (!form || !button) return;
  event.preventDefault();
  remember(button.name, button.value);
  if (button.value) document.documentElement.dataset[button.name] = button.value;
  else delete document.documentElement.dataset[button.name];
  for (const one of form.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one === button));
}

function click(event) {
  const button = event.target.closest("[data-copies]");
  if (button) copy(button);
  const answer = event.target.closest("dialog [data-answer]");
  if (answer) answer.closest("dialog").close(answer.dataset.answer);
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (opener || !menu.contains(event.target)) menu.open = false;
  }
}

function escape(event) {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
}

// On a narrow screen the tab of the page may lie outside what is seen.
function showTab() {
  const tab = document.querySelector(".tabs [aria-current]");
  if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
}

// A short word that goes by itself; read out by the live region it stands in.
export function toast(text, kind = "info") {
  const line = document.createElement("p");
  line.className = `message ${kind}`;
  line.textContent = text;
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), 6000);
}

// Only pages with a deadline need what counts.
async function count() {
  if (document.querySelector(".countdown")) (await import("./countdown.js")).tick();
}

// Asking for the zone loads all that the browser knows of languages: the page is painted and usable first.
(window.requestIdleCallback ?? setTimeout)(tellTimeZone);
offer();
showTab();
count();
document.addEventListener("click", click);
document.addEventListener("keydown", escape);
document.addEventListener("input", (event) => unmark(event.target));
document.addEventListener("submit", prefer);
document.addEventListener("submit", pressOnce);
document.addEventListener("htmx:load", offer);
document.addEventListener("htmx:load", count);
document.addEventListener("page:replaced", offer);
document.addEventListener("page:replaced", count);
document.addEventListener("page:replaced", showTab);
addEventListener("pageshow", release);
