"""One design: every part is shown on its page, every pair of colours that meet can be read, and a page is light."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from channel_manager.web import context, sheets
from channel_manager.web.views import design
from tests import factories

WEB = Path(design.__file__).parent.parent
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (WEB / "static/css/tokens.css").read_text()
    )
}
GROUNDS = ("ground", "surface", "raised", "accent-soft", "red-soft", "amber-soft", "green-soft")
READ = [(ink, ground) for ink in ("text", "muted", "accent", "red", "amber", "green") for ground in GROUNDS]
SEEN = [
    (mark, ground)
    for mark in ("edge", "accent", "dot-open", "dot-part", "dot-done", "dot-off", "dot-bad")
    for ground in ("ground", "surface", "raised")
]


@pytest.fixture
def staff(signed_in, alice):
    alice.is_staff = True
    alice.save()
    return signed_in(alice)


def luminance(color):
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_words_can_be_read_on_every_ground(theme):
    pairs = [*READ, ("accent-text", "accent")]
    unreadable = {pair for pair in pairs if contrast(TOKENS[pair[0]][theme], TOKENS[pair[1]][theme]) < 4.5}
    assert unreadable == set()


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_dots_borders_of_fields_and_the_focus_can_be_seen(theme):
    unseen = {pair for pair in SEEN if contrast(TOKENS[pair[0]][theme], TOKENS[pair[1]][theme]) < 3}
    assert unseen == set()


def test_no_colour_is_written_outside_the_tokens():
    for sheet in ("base", "layout", "parts", "pages", "states"):
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?!\w)", rules(sheet)) == [], sheet


def rules(sheet):
    text = re.sub(r"/\*.*?\*/", "", (WEB / f"static/css/{sheet}.css").read_text(), flags=re.DOTALL)
    return re.sub(r"#[\w-]+\s*[{.,: ]", "", text)


def test_every_token_that_is_used_exists():
    sheets = " ".join(file.read_text() for file in (WEB / "static/css").glob("*.css"))
    assert set(re.findall(r"var\(--([\w-]+)", sheets)) - set(re.findall(r"--([\w-]+):", sheets)) == set()


@pytest.mark.parametrize("partial", ["macros", "list"])
def test_every_part_is_shown_on_the_page_of_parts(partial):
    page = (WEB / "templates/design.html").read_text()
    macros = re.findall(r"{% macro (\w+)\(", (WEB / f"templates/partials/{partial}.html").read_text())
    called = {re.sub("^card_filters$", "cards", name) for name in re.findall(r"(?:{{|call) *(\w+)\(", page)}
    assert set(macros) - called == set()
    assert len(macros) > 5


def test_the_page_of_parts_is_for_staff(staff, signed_in, bob):
    answer = staff.get("/design")
    assert answer.status_code == 200
    assert "This order changed while the page was open." in answer.content.decode()
    assert signed_in(bob).get("/design").status_code == 404


def test_every_icon_that_a_template_names_is_drawn_and_shown():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (WEB / "static/icons.svg").read_text()))
    templates = " ".join(file.read_text() for file in (WEB / "templates").rglob("*.html"))
    named = set(re.findall(r'icon\("([\w-]+)"\)', templates))
    named |= set(re.findall(r'(?:empty|banner)\("(?:\w+", ")?([\w-]+)", _', templates))
    assert named - drawn == set()
    assert set(design.ICONS) == drawn


def test_the_first_load_of_a_page_is_under_100_kb_compressed(browser, store):
    for _ in range(50):
        factories.order(store, lines=[("SKU-1", 1), ("SKU-2", 2)])
    page = browser.get(f"/stores/{store.pk}/orders").content
    files = set(re.findall(r'(?:src|href)="/static/[^/]+/([^"#]+)', page.decode())) | {"icons.svg"}
    assert page.decode().count('rel="stylesheet"') == 1
    texts = [page, sheets.joined().encode(), *(Path(finders.find(file)).read_bytes() for file in files)]
    assert sum(len(gzip.compress(text)) for text in texts) < 100_000
    assert len(files) < 11


def test_the_style_sheets_are_one_answer_that_a_browser_keeps(client, db):
    answer = client.get(sheets.address(), headers={"accept-encoding": "gzip"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in answer["Cache-Control"]
    assert "Cookie" not in answer["Vary"]
    text = gzip.decompress(answer.content).decode()
    written = {file.stem: file.read_text() for file in (WEB / "static/css").glob("*.css")}
    assert set(written) == set(sheets.SHEETS)
    assert text.index("@layer tokens, base") < min(
        text.index(sheet) for name, sheet in written.items() if name != "tokens"
    )
    assert all(sheet in text for sheet in written.values())
    assert not client.cookies


@pytest.mark.parametrize(("name", "value"), [("theme", "dark"), ("theme", "light"), ("density", "compact")])
def test_a_preference_is_in_the_first_byte_of_the_next_page(browser, store, name, value):
    here = f"/stores/{store.pk}/orders?card=open"
    answer = browser.post("/preferences", {name: value, "back": here})

    assert (answer.status_code, answer["Location"]) == (302, here)
    assert f'data-{name}="{value}"' in browser.get(here).content.decode()[:200]
    browser.post("/preferences", {name: ""})
    assert f"data-{name}" not in browser.get(here).content.decode()[:200]


@pytest.mark.parametrize("value", ["pink", '"><script>', "dark\x00"])
def test_a_preference_that_is_none_changes_nothing(browser, value):
    assert browser.post("/preferences", {"theme": value, "back": "https://evil.example/"})["Location"] == "/"
    browser.cookies["theme"] = value
    assert "data-theme" not in browser.get("/").content.decode()


def test_preferences_are_the_ones_that_the_style_sheets_know():
    sheets = " ".join(file.read_text() for file in (WEB / "static/css").glob("*.css"))
    for name in ("theme", "density"):
        for value in context.PREFERENCES[name]:
            assert f'[data-{name}="{value}"]' in sheets
