// Deadlines count by themselves: a countdown stands behind the moment it counts to. All words are the server's, with
// the name of each figure in braces.

const words = () => document.getElementById("countdown-words").dataset;
const MINUTE = 60_000;

// What the browser's clock is behind the server's. A page that was kept and is shown again says an old moment.
const arrived = performance.getEntriesByType("navigation")[0];
const behind = !arrived || arrived.type === "back_forward" ? 0
  : Number(words().now) - (performance.timeOrigin + arrived.responseStart);

let waiting = 0;

function filled(text, figures) {
  return text.replace(/\{(\w+)\}/g, (_mark, name) => figures[name]);
}

function duration(said, length) {
  const seconds = Math.floor(length / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days) return filled(said.days, { days, hours: hours % 24 });
  if (hours) return filled(said.hours, { hours, minutes: minutes % 60 });
  return minutes ? filled(said.minutes, { minutes }) : filled(said.seconds, { seconds });
}

// How long what is said stays true.
function untilNext(left) {
  const unit = Math.abs(left) < MINUTE ? 1000 : MINUTE;
  return left >= 0 ? left % unit : unit - (-left % unit);
}

function show(one, said, left) {
  const late = left < 0;
  const text = filled(late ? said.late : said.left, { time: duration(said, Math.abs(left)) });
  if (one.textContent === text) return;
  one.textContent = text;
  const state = late ? "late" : left <= said.soon * 1000 ? "soon" : "calm";
  for (const part of [one, one.closest(".clock")]) {
    if (!part || part.classList.contains(state)) continue;
    part.classList.remove("late", "soon", "calm");
    part.classList.add(state);
  }
}

export function tick() {
  clearTimeout(waiting);
  if (document.hidden) return;
  const said = words();
  const now = Date.now() + behind;
  let next = MINUTE;
  for (const one of document.querySelectorAll(".countdown")) {
    const moment = one.previousElementSibling;
    if (moment?.localName !== "time") continue;
    const left = Date.parse(moment.dateTime) - now;
    if (!one.title) one.title = moment.title;
    show(one, said, left);
    next = Math.min(next, untilNext(left));
  }
  waiting = setTimeout(tick, next + 20);
}

document.addEventListener("visibilitychange", tick);
