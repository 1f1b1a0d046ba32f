"""The browser that looks at the pages: for pictures, for tests and for measuring."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""It asks nobody but the pages that it is sent to."""
MISSING = "Chromium is not installed: on Debian, apt-get install chromium fonts-noto-cjk"


class NoChromium(Exception):
    def __init__(self) -> None:
        super().__init__(MISSING)


def executable() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched(*flags: str) -> Iterator[Browser]:
    """Headless. Raises NoChromium."""
    program = executable()
    if program is None:
        raise NoChromium
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
        yield browser
        browser.close()
