"""Takes pictures of every page into docs/screens, or of the named ones into a folder. Takes some minutes.

Everything runs on a throw-away installation with both simulators, and is stopped at the end.
"""

import argparse
import importlib
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.installation import Installation

DOCS = Path(__file__).parents[1] / "docs" / "screens"
LONGEST = 40 * 60  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="screens", description=__doc__)
    parser.add_argument(
        "names", nargs="*", help="pages, by the names in docs/screens/README.md; all of them by default"
    )
    parser.add_argument("--folder", type=Path, help="where to, instead of docs/screens or a new folder")
    asked = parser.parse_args()
    whole = not asked.names
    folder = asked.folder or (DOCS if whole else Path(tempfile.mkdtemp(prefix="screens-")))
    for number in (signal.SIGTERM, signal.SIGALRM):  # so that everything started is stopped
        signal.signal(number, lambda *_: sys.exit("Stopped before the end."))
    signal.alarm(LONGEST)
    began = time.monotonic()
    with Installation() as installation:
        run = importlib.import_module("screens.run")  # needs the installation's settings
        run.run(installation, asked.names, folder)
    print(f"{folder}: {_size(folder):.1f} MB in {time.monotonic() - began:.0f} s")  # noqa: T201 - a command


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.glob("*.webp")) / 1e6


if __name__ == "__main__":
    main()
