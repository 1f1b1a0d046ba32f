"""Text that does not fit: cut off, outside its box, or upon other text. As Chromium has laid the page out."""

CLIPPED = """(overlaps) => {
  const faults = [];
  const shown = (one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const short = (text, most) => text.trim().replace(/\\s+/g, " ").slice(0, most);
  const say = (what, one) => faults.push(`${what} “${short(one.textContent, 50)}” in ${short(one.outerHTML, 90)}`);
  const styles = new Map();
  const style = (one) => styles.get(one) ?? styles.set(one, getComputedStyle(one)).get(one);
  const cuts = (value) => value === "hidden" || value === "clip";
  const scrolls = (value) => value === "auto" || value === "scroll";

  // Only for screen readers, not text of its own, or cut on purpose where one opens it or points at it.
  const LEFT_OUT = "option, svg, template, textarea, script, style, .exchange:not([open]) .address";
  const only_read = (one) => cuts(style(one).overflowX) && (one.offsetWidth <= 1 || one.offsetHeight <= 1);
  const passed_over = new Map();
  const left_out = (one) => {
    if (!passed_over.has(one)) {
      const here = one.matches(LEFT_OUT) || style(one).clipPath !== "none" || only_read(one)
        || (style(one).textOverflow === "ellipsis" && one.closest("[title]"));
      passed_over.set(one, Boolean(here || (one.parentElement && left_out(one.parentElement))));
    }
    return passed_over.get(one);
  };

  for (const one of document.body.querySelectorAll("*")) {
    if (!cuts(style(one).overflowX) && !cuts(style(one).overflowY)) continue;
    if (!shown(one) || !one.textContent.trim() || left_out(one)) continue;
    if (cuts(style(one).overflowX) && one.scrollWidth > one.clientWidth + 1) say("cut in width", one);
    if (cuts(style(one).overflowY) && one.scrollHeight > one.clientHeight + 1) say("cut in height", one);
  }

  const within = (rect, box) => {
    let { left, right, top, bottom } = rect;
    for (let up = box; up; up = up.parentElement) {
      if (style(up).overflowX === "visible" && style(up).overflowY === "visible") continue;
      const frame = up.getBoundingClientRect();
      [left, right] = [Math.max(left, frame.left), Math.min(right, frame.right)];
      [top, bottom] = [Math.max(top, frame.top), Math.min(bottom, frame.bottom)];
    }
    return { left, right, top, bottom };
  };
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || left_out(one) || !shown(one)) continue;
    let box = one;
    while (["inline", "contents"].includes(style(box).display)) box = box.parentElement;
    const room = box.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    for (const rect of range.getClientRects()) {
      if (rect.width < 1) continue;
      // Letters are lower than the line that they stand in.
      const spare = rect.height / 3;
      if (!scrolls(style(box).overflowX) && (rect.right > room.right + 1 || rect.left < room.left - 1)) say("wider than its box", one);
      else if (!scrolls(style(box).overflowY) && (rect.bottom > room.bottom + spare || rect.top < room.top - spare)) say("higher than its box", one);
      const { left, right, top, bottom } = within(rect, box);
      if (right - left > 2) lines.push({ one, left, right, top: top + spare / 2, bottom: bottom - spare / 2 });
    }
  }
  if (overlaps) {
    lines.sort((a, b) => a.top - b.top);
    for (const [n, a] of lines.entries())
      for (const b of lines.slice(n + 1)) {
        if (b.top > a.bottom - 2) break;
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        if (a.one !== b.one && wide > 2 && Math.min(a.bottom, b.bottom) - b.top > 2) say(`upon “${short(b.one.textContent, 30)}”:`, a.one);
      }
  }
  return [...new Set(faults)];
}"""

OPEN = """() => {
  const closed = document.querySelectorAll("details:not([open])");
  for (const one of closed) one.open = true;
  return closed.length;
}"""

BROKEN = """<body style="margin: 0; font: 16px/1.4 sans-serif">
<button style="width: 40px; white-space: nowrap; overflow: hidden">Cut short in width</button>
<p style="height: 12px; overflow: clip">Cut short<br>in height</p>
<table><tr><td style="display: block; width: 30px; white-space: nowrap">Out of its cell</td></tr></table>
<label style="display: block; height: 10px; line-height: 30px">Under<br>its label</label>
<div style="display: flex; margin-top: 60px"><a style="margin-right: -20px; white-space: nowrap">First tab</a><a>Second tab</a></div>
<pre style="width: 40px; overflow: auto">This scrolls and is no fault</pre><p>And this has room.</p></body>"""


def clipped(page):
    """As the page is, and with everything unfolded: there a menu lies upon the page, as it should."""
    faults = page.evaluate(CLIPPED, True)
    if page.evaluate(OPEN):
        faults += page.evaluate(CLIPPED, False)
    return list(dict.fromkeys(faults))
