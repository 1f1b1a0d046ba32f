"""Taking the pictures: each page at two widths, light and dark, in Chromium."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page as Tab
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from screens.moments import ZONE
from screens.pages import CHINESE, ENGLISH, Picture

FLAGS = ("--hide-scrollbars", "--font-render-hinting=none")
HEIGHTS = {1440: 1000, 390: 844}
TALLEST = {1440: 1500, 390: 1800}
TWO_WAYS = ((1440, "light"), (390, "dark"))
EVERY_WAY = (*TWO_WAYS, (1440, "dark"), (390, "light"))
LEAST = 500
QUALITY = 50
PATIENCE = 30_000.0  # milliseconds
REFERENCE = "4f9a1c07be21"
NO_CARET = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { caret-color: transparent !important; }");
    document.adoptedStyleSheets.push(sheet);
}"""
"""It blinks, and no two pictures would be the same."""
LOCALES = {ENGLISH: "en-US", CHINESE: "zh-TW"}


@dataclass(frozen=True, kw_only=True)
class Shot:
    picture: Picture
    width: int
    theme: str
    language: str

    @property
    def window(self) -> tuple[str, str, int, str]:
        return self.picture.who, self.language, self.width, self.theme

    @property
    def file(self) -> str:
        language = "" if self.language == ENGLISH else f"-{self.language}"
        return f"{self.picture.name}{language}-{self.width}-{self.theme}.webp"


def shots(picture: Picture) -> list[Shot]:
    """A page in all ways, one of its states in two that differ in both."""
    return [
        Shot(picture=picture, width=width, theme=theme, language=language)
        for language in picture.languages
        for width, theme in (EVERY_WAY if picture.shows else TWO_WAYS)
    ]


def take(
    browser: Browser,
    pictures: Sequence[Picture],
    folder: Path,
    *,
    url: str,
    sessions: Mapping[str, str],
    places: Mapping[str, object],
) -> Iterator[Shot]:
    """Write the pictures into the folder; yields each once it is there. One window for all that look alike."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = sorted((shot for picture in pictures for shot in shots(picture)), key=lambda shot: shot.window)
    for _window, alike in groupby(asked, key=lambda shot: shot.window):
        together = list(alike)
        with _opened(browser, url, sessions, together[0]) as context:
            for shot in together:
                (folder / shot.file).write_bytes(_taken_at_last(context, shot, places))
                yield shot


@contextmanager
def _opened(browser: Browser, url: str, sessions: Mapping[str, str], shot: Shot) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=url,
        viewport={"width": shot.width, "height": HEIGHTS[shot.width]},
        color_scheme="dark" if shot.theme == "dark" else "light",
        reduced_motion="reduce",
        timezone_id=ZONE,
        locale=LOCALES[shot.language],
        extra_http_headers={"X-Request-ID": REFERENCE},
    )
    context.set_default_timeout(PATIENCE)
    cookies = {"time_zone": ZONE, "language": shot.language}
    if shot.picture.who:
        cookies["sessionid"] = sessions[shot.picture.who]
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    try:
        yield context
    finally:
        context.close()


def _taken_at_last(context: BrowserContext, shot: Shot, places: Mapping[str, object]) -> bytes:
    """A second time if the first one took too long: the machine may be busy."""
    try:
        return _taken(context, shot, places)
    except PlaywrightTimeout:
        return _taken(context, shot, places)


def _taken(context: BrowserContext, shot: Shot, places: Mapping[str, object]) -> bytes:
    """Raises PlaywrightError, with the picture's name, when the page is not as `does` expects it."""
    tab = context.new_page()
    try:
        tab.goto(shot.picture.at.format(**places))
        if shot.picture.does:
            shot.picture.does(tab)
        return _photograph(tab, shot)
    except PlaywrightError as error:
        error.add_note(f"While taking {shot.file}.")
        raise
    finally:
        tab.close()
        context.set_offline(False)


def _photograph(tab: Tab, shot: Shot) -> bytes:
    """The whole page down to a sane height, or what the window shows."""
    if shot.picture.whole:
        for _ in range(2):  # a table grows with the window, and the page with the table
            height = min(max(tab.evaluate("document.documentElement.scrollHeight"), LEAST), TALLEST[shot.width])
            tab.set_viewport_size({"width": shot.width, "height": height})
    tab.evaluate(NO_CARET)
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    session = tab.context.new_cdp_session(tab)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    return base64.b64decode(taken["data"])
