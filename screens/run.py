"""One whole run: a life is played, its clock is set right, the pages are looked at."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connections
from rich.console import Console

from benchmarks.installation import Installation
from screens import aftermath, gallery, places, sessions, stage, story
from screens.chromium import NoChromium, launched
from screens.moments import NOW, stand_still
from screens.pages import PICTURES
from screens.taking import FLAGS, shots, take

SERVER = ("granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "2", "--log-level", "error")


def run(installation: Installation, names: Sequence[str], folder: Path) -> None:
    """All pictures and the page that shows them, or the pictures of some pages."""
    console = Console(stderr=True)
    if unknown := set(names) - set(PICTURES):
        sys.exit(f"No such page: {', '.join(sorted(unknown))}. There are {', '.join(PICTURES)}.")
    try:
        with launched():
            pass
    except NoChromium as problem:
        sys.exit(str(problem))
    with console.status("Playing …"):
        _play(installation)
    found, viewers = places.found(), sessions.signed_in()
    connections.close_all()
    url = installation.serve(
        "pages",
        *(*SERVER, "--port", "{port}", "screens.server:application"),
        CHANNEL_MANAGER_PUBLIC_URL="https://channels.shop.example",  # shown on pages, as are seconds between two polls
        CHANNEL_MANAGER_POLL_SECONDS="60",
    )
    chosen = [PICTURES[name] for name in names or PICTURES]
    expected = sum(len(shots(picture)) for picture in chosen)
    with TemporaryDirectory(prefix="screens-") as waiting:
        with launched(*FLAGS) as browser, console.status("Looking …") as status:
            shots_taken = take(browser, chosen, Path(waiting), url=url, sessions=viewers, places=found)
            for done, shot in enumerate(shots_taken, 1):
                status.update(f"{done} of {expected}: {shot.file}")
        _keep(Path(waiting), folder, whole=not names)
    if not names:
        gallery.write(folder, f"{NOW:%-d %B %Y, %H:%M} UTC")


def _play(installation: Installation) -> None:
    played = stage.started(installation)
    story.play(played)
    for process in ("worker", "web"):
        installation.stop(process)
    played.calendar.settle()
    aftermath.write(played)
    stand_still()


def _keep(taken: Path, folder: Path, *, whole: bool) -> None:
    """A run that breaks off leaves the folder as it was; a whole one also removes what no page has any more."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp") if whole else ():
        old.unlink()
    for new in taken.glob("*.webp"):
        shutil.copyfile(new, folder / new.name)
