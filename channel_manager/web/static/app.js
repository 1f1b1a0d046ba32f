// Everything works without this file; with it, times follow the viewer's zone and a button is pressed once.

const YEAR = 60 * 60 * 24 * 365;

function tellTimeZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes(`time_zone=${zone}`)) {
    document.cookie = `time_zone=${zone}; path=/; max-age=${YEAR}; samesite=lax`;
  }
}

function pressOnce(event) {
  if (event.defaultPrevented || event.target.method !== "post") return;
  // After the browser has read the form, so that the pressed button's own value is sent.
  setTimeout(() => {
    for (const button of event.target.querySelectorAll("button")) button.disabled = true;
  });
}

function release() {
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
}

function offerCopies() {
  for (const button of document.querySelectorAll("[data-copies]")) button.hidden = false;
}

async function copy(event) {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = button.dataset.done;
  } catch {
    // Browsers copy by themselves only over https: what is selected is copied by hand.
    getSelection().selectAllChildren(source);
  }
}

tellTimeZone();
offerCopies();
document.addEventListener("click", copy);
document.addEventListener("submit", pressOnce);
addEventListener("pageshow", release);
