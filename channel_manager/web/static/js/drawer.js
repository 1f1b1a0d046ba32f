// A form that is a page of its own opens as a drawer over the page it belongs to. A link asks for it with data-drawer.
// Sent, it answers like the page would: wrong input comes back into the drawer with what was typed; done, the page
// below becomes what the server answered. Without this file the links lead to the pages.

const KEPT = "section.card, .columns";

let drawer = null;
let opener = null;
let replaced = false;

function template(id) {
  return document.getElementById(id).content.cloneNode(true).firstElementChild;
}

function parsed(text) {
  return new DOMParser().parseFromString(text, "text/html");
}

function content() {
  return drawer.querySelector("[data-content]");
}

async function open(link) {
  opener = link;
  drawer = template("drawer-template");
  document.body.append(drawer);
  drawer.addEventListener("keydown", escape);
  drawer.addEventListener("cancel", (event) => { event.preventDefault(); leave(); });
  drawer.addEventListener("click", pressed);
  drawer.addEventListener("submit", send);
  drawer.addEventListener("input", () => { if (drawer) drawer.dataset.typed = "yes"; });
  drawer.showModal();
  const mine = drawer;
  const page = await asked(link.href);
  if (!page || drawer !== mine) return;
  fill(page.document, page.url);
  focusFirst();
}

// Not left to the browser: it closes a dialog that refuses to be closed twice, and what was typed would be lost.
function escape(event) {
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  leave();
}

async function asked(address) {
  try {
    const answer = await fetch(address, { headers: { "X-Drawer": "1" } });
    const read = parsed(await answer.text());
    if (!read.querySelector(`main :is(${KEPT})`) || answer.status >= 500) throw new Error("no form");
    return { document: read, url: answer.url };
  } catch {
    // No connection, or a page without a form: the browser shows what there is.
    location.assign(address);
    return null;
  }
}

function fill(page, address) {
  const part = page.querySelector(`main > :is(${KEPT})`) ?? page.querySelector(`main :is(${KEPT})`);
  const title = part.querySelector("h1");
  // The page below has its own first heading.
  const heading = document.createElement("h2");
  heading.id = "drawer-title";
  heading.tabIndex = -1;
  if (title) { heading.append(...title.childNodes); title.replaceWith(heading); }
  for (const form of part.querySelectorAll("form:not([action])")) form.action = address;
  content().replaceChildren(document.importNode(part, true));
  content().querySelector("form[method=post] > .buttons:last-child")?.classList.add("last");
  window.htmx?.process(content());
  document.dispatchEvent(new CustomEvent("page:replaced"));
}

function focusFirst() {
  const wrong = content().querySelector(".wrong :is(input, select, textarea), [role=alert]");
  const first = content().querySelector(":is(input, select, textarea):not([type=hidden])");
  const chosen = wrong ?? first ?? content().querySelector("#drawer-title");
  if (chosen.matches("[role=alert]")) chosen.tabIndex = -1;
  chosen.focus();
  if (wrong) wrong.scrollIntoView({ block: "center" });
}

function pressed(event) {
  if (event.target === drawer || event.target.closest("[data-close]")) return leave();
  const link = event.target.closest("a[href]");
  if (link && link.origin === location.origin && link.pathname === location.pathname && !link.hash) {
    event.preventDefault();
    leave();
  }
}

async function leave() {
  if (drawer.dataset.sending) return;
  if (!drawer.dataset.typed || (await confirmed())) close();
}

function confirmed() {
  const question = template("leave-template");
  document.body.append(question);
  question.showModal();
  return new Promise((resolve) => {
    question.addEventListener("close", () => {
      question.remove();
      resolve(question.returnValue === "leave");
    });
  });
}

function close() {
  drawer.close();
  drawer.remove();
  drawer = null;
  opener?.focus();
}

async function send(event) {
  const form = event.target;
  if (form.method !== "post") return;
  event.preventDefault();
  event.stopPropagation();
  if (drawer.dataset.sending) return;
  const typed = new FormData(form, event.submitter);
  drawer.dataset.sending = "yes";
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(typed) });
    const page = parsed(await answer.text());
    delete drawer.dataset.sending;
    if (answer.redirected && answer.ok) return arrive(page, answer.url);
    if (!page.querySelector(`main :is(${KEPT})`)) return arrive(page, location.href);
    fill(page, form.action);
    focusFirst();
  } catch {
    delete drawer.dataset.sending;
    form.removeAttribute("aria-busy");
    form.querySelector("#unsent")?.remove();
    const notice = template("unsent-template");
    notice.id = "unsent";
    (form.querySelector(".buttons:last-child") ?? form).before(notice);
  }
}

// The page that the server answered takes the place of the one below; its messages are in it.
function arrive(page, address) {
  const place = new URL(address);
  drawer.close();
  drawer.remove();
  drawer = null;
  if (place.pathname !== location.pathname) {
    history.pushState(null, "", address);
    replaced = true;
  }
  document.title = page.title;
  document.body.replaceWith(document.importNode(page.body, true));
  window.htmx?.process(document.body);
  document.dispatchEvent(new CustomEvent("page:replaced"));
  const told = document.querySelector("#messages .message");
  const next = told ?? document.getElementById("content");
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-drawer]");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || drawer || event.defaultPrevented) return;
  event.preventDefault();
  open(link);
});
addEventListener("popstate", () => { if (replaced) location.reload(); });
