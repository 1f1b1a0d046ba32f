"""Every page in both themes: names, headings, landmarks, ids, contrast as it is painted, sizes, and room at 320 px."""

import pytest
import spoken
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve
from every_page import walk

from screens.pages import PICTURES

pytestmark = [pytest.mark.browser]

NAMED = {"link", "button", "textbox", "searchbox", "checkbox", "radio", "combobox", "spinbutton", "img", "image"}
NAMED |= {"region", "navigation", "dialog", "progressbar", "heading", "listbox", "group", "DisclosureTriangle"}

FAULTS = """() => {
  const faults = [];
  const shown = (one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const say = (what, one) => faults.push(`${what}: ${one.outerHTML.replace(/\\s+/g, " ").slice(0, 110)}`);
  const ids = new Map();
  for (const one of document.querySelectorAll("[id]")) {
    if (ids.has(one.id)) say("id twice", one);
    ids.set(one.id, one);
  }
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"])
    for (const one of document.querySelectorAll(`[${name}]`))
      for (const id of one.getAttribute(name).split(" "))
        if (!ids.has(id) && (shown(one) || name !== "aria-describedby")) say(`${name} leads nowhere`, one);
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(shown);
  if (headings.filter((one) => one.tagName === "H1").length !== 1) faults.push("not one h1");
  let level = 0;
  for (const one of headings) {
    if (Number(one.tagName[1]) > level + 1) say("heading skips a level", one);
    level = Number(one.tagName[1]);
  }
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
  if (!document.documentElement.lang) faults.push("no language");
  if (document.title.length < 18) faults.push(`title ${document.title}`);
  for (const one of document.querySelectorAll("img:not([alt])")) say("picture without alt", one);
  for (const one of document.querySelectorAll("thead th:not([scope])")) say("head without scope", one);
  for (const one of document.querySelectorAll("table")) if (!one.querySelector("thead")) say("table without head", one);
  for (const one of document.querySelectorAll("ul > :not(li), ol > :not(li), dl > :not(dt, dd, div)")) say("no item", one);
  for (const one of document.querySelectorAll(":is(a, button, summary, label) :is(a, button, input:not([type]), select)"))
    if (!one.closest("label") && !one.parentElement.closest("label")) say("nested control", one);
  for (const one of document.querySelectorAll("[tabindex]")) if (one.tabIndex > 0) say("tabindex", one);
  for (const one of document.querySelectorAll("body *"))
    if (shown(one) && ["auto", "scroll"].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1
        && !one.matches(".tabs, textarea, select") && one.tabIndex < 0 && !one.querySelector("a, button, input")) say("not scrollable by key", one);
  for (const one of document.querySelectorAll("button, .button, summary, select, input:not([type=hidden], [type=checkbox], [type=radio])")) {
    if (!shown(one) || one.matches(".visually-hidden, .visually-hidden *")) continue;
    const box = one.getBoundingClientRect();
    if (box.height < 20 || box.width < 20) say(`small ${Math.round(box.width)}×${Math.round(box.height)}`, one);
  }

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => top.slice(0, 3).map((part, n) => part * top[3] + below[n] * (1 - top[3]));
  const ground = (one) => {
    const layers = [];
    for (let up = one; up; up = up.parentElement) {
      const color = rgba(getComputedStyle(up).backgroundColor);
      if (color[3]) layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const light = (color) => {
    const [r, g, b] = color.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (const seen = new Set(); walker.nextNode(); ) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || seen.has(one) || !shown(one)) continue;
    seen.add(one);
    if (one.closest("[disabled], [aria-disabled=true], .visually-hidden, .skip, option, template")) continue;
    const style = getComputedStyle(one);
    const size = parseFloat(style.fontSize);
    const below = ground(one);
    const [high, low] = [light(over(rgba(style.color), below)), light(below)].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    const enough = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    if (contrast < enough - 0.01) say(`contrast ${contrast.toFixed(2)}`, one);
    if (size < 11.5) say(`${size} px`, one);
  }
  return faults;
}"""

LOST = """() => {
  const faults = [];
  if (document.documentElement.scrollWidth > innerWidth) faults.push(`page is ${document.documentElement.scrollWidth} wide`);
  const boxes = [...document.querySelectorAll("main *, header *, .breadcrumb *")];
  for (const one of boxes) {
    if (!one.checkVisibility() || one.closest(".visually-hidden, .scroll, .tabs, pre, svg, .choose, dialog, template, select")) continue;
    const box = one.getBoundingClientRect();
    if (box.width && (box.right > innerWidth + 1 || box.left < -1)) faults.push(one.outerHTML.replace(/\\s+/g, " ").slice(0, 110));
  }
  return faults.slice(0, 5);
}"""


def unnamed(page):
    """What a screen reader meets without a name, as Chromium computes it."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        node["role"]["value"]
        for node in nodes
        if not node["ignored"]
        and node.get("role", {}).get("value") in NAMED - {"group", "listbox"}
        and not node.get("name", {}).get("value", "").strip()
    ]


def violations(page):
    """What axe has against the page, by WCAG 2.2 AA."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    return [
        f"axe {one['id']}: {node['html'][:110]}" for one in found.response["violations"] for node in one["nodes"][:3]
    ]


def test_every_page_that_is_pictured_is_looked_at_here(addresses):
    walked = {resolve(address.partition("?")[0]).url_name for address in addresses if address != "/nothing"}
    pictured = {name for picture in PICTURES.values() for name in picture.shows}
    assert pictured - walked == {"sign-in"}  # which `walk` opens first, as nobody


@pytest.mark.slow
@pytest.mark.parametrize("who", spoken.READERS, ids=str)
def test_no_page_has_a_fault(visit, addresses, who):
    found = {}
    for address, page in walk(visit, addresses, **who.options):
        faults = [*page.evaluate(FAULTS), *(f"no name: {role}" for role in unnamed(page)), *violations(page)]
        if faults:
            found[address] = faults
    assert found == {}


BROKEN = """<html><body><main><h1>One</h1><h3 id=x>Three</h3><p id=x>Twice</p><img src=x>
<p><span style="color: #999; background: #fff">pale</span></p><label for=none>Lost</label><a href=/></a>
<button style="padding: 0; border: 0; height: 9px">s</button></main></body></html>"""


def test_the_check_finds_what_it_looks_for(browser):
    page = browser.new_page()
    page.set_content(BROKEN)
    text = " ".join(page.evaluate(FAULTS))
    for fault in ("id twice", "skips a level", "without alt", "contrast 2.85", "leads nowhere", "small", "no language"):
        assert fault in text
    assert sorted(unnamed(page)) == ["image", "link"]
    assert {"axe image-alt", "axe html-has-lang"} <= {one.partition(":")[0] for one in violations(page)}
    page.close()


@pytest.mark.parametrize("who", spoken.READERS, ids=str)
def test_nothing_is_lost_on_a_narrow_screen_or_at_zoom(visit, addresses, who):
    """320 px is also what 1280 px are at 400 % zoom."""
    found = {}
    for address, page in walk(visit, addresses, width=320, height=700, **who.options):
        if faults := page.evaluate(LOST):
            found[address] = faults
    assert found == {}


FOCUS = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return { seen, inside, html: one.outerHTML.replace(/\\s+/g, " ").slice(0, 100) };
}"""


def test_everything_is_reached_by_keyboard_and_the_focus_is_seen(visit, addresses):
    page = visit()
    for address in [one for one in addresses if one.endswith(("/orders", "/shipment", "/order-rules", "/"))]:
        page.goto(address)
        controls = page.evaluate(
            "[...document.querySelectorAll('main :is(a[href], button, input, select, textarea)')].filter("
            "(one) => one.checkVisibility() && one.tabIndex >= 0 && one.type !== 'hidden').length"
        )
        reached = []
        for _ in range(controls + 30):
            page.keyboard.press("Tab")
            if (focus := page.evaluate(FOCUS)) is None:
                break
            assert focus["seen"], (address, focus)
            assert focus["inside"], (address, focus)
            reached.append(focus["html"])
        assert len(reached) >= controls, address
        assert "skip" in reached[0], address


def test_motion_is_left_out_where_it_is_not_wanted(visit):
    page = visit(reduced_motion="reduce")
    page.goto("/")
    moving = (
        "[...document.querySelectorAll('*')].some((one) => parseFloat(getComputedStyle(one).transitionDuration) > 0)"
    )
    assert page.evaluate(moving) is False
