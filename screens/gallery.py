"""The page that shows the pictures: `docs/screens/README.md`, written anew with them."""

from collections.abc import Iterable
from pathlib import Path

from screens.pages import CHINESE, ENGLISH, GALLERY, Picture
from screens.taking import Shot, shots

HEAD = """# Pictures of the pages

Every page of Channel Manager as Chromium shows it, 1440 and 390 pixels wide, light and dark; states of a page in two
of the four. The store, its orders and its buyers are invented and the same in every run; all times are those of one
moment, {moment}. `make screens` plays the life of the store against the simulators, takes the
pictures and writes this page. How they compare
with the reference product’s: [point by point](../decisions/0013-the-reference-screens-point-by-point.md).
"""
NAMES = {ENGLISH: "", CHINESE: "繁體中文: "}


def write(folder: Path, moment: str) -> None:
    parts = [HEAD.format(moment=moment)]
    for title, pictures in GALLERY.items():
        parts.append(f"\n## {title}\n")
        parts += map(_entry, pictures)
    (folder / "README.md").write_text("".join(parts))


def _entry(picture: Picture) -> str:
    taken = shots(picture)
    shown = taken[0].file
    lines = [f"\n**{picture.name}**: {picture.says}\n", f"![{picture.says}]({shown})\n"]
    for language in picture.languages:
        links = _links(shot for shot in taken if shot.language == language)
        lines += [f"{NAMES[language]}{links}\n"]
    return "\n".join(lines)


def _links(taken: Iterable[Shot]) -> str:
    return " · ".join(f"[{shot.width}, {shot.theme}]({shot.file})" for shot in taken)
