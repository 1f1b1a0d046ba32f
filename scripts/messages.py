"""Collects every sentence of the product into the catalogues of the languages, and compiles them.

A sentence that is new stands there untranslated, one that is gone is left out. `--check` changes nothing: it names what
a catalogue lacks or has too much, and fails.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PRODUCT = Path(__file__).resolve().parents[1] / "channel_manager"
METHODS = [
    ("cli/**.py", "ignore"),  # speaks English, to whoever installs it
    ("config/**.py", "ignore"),  # as cli
    ("**.py", "python"),
    ("web/templates/**.html", "jinja2"),
]
CONTEXT, CONTEXT_PLURAL, PLURAL = ((1, "c"), 2), ((1, "c"), 2, 3), (1, 2)
KEYWORDS = {
    "_": None,
    "say": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": PLURAL,
    "ngettext_lazy": PLURAL,
    "pgettext": CONTEXT,
    "pgettext_lazy": CONTEXT,
    "npgettext": CONTEXT_PLURAL,
}


def collected() -> Catalog:
    """What the code says; each with the files that say it."""
    found = Catalog()
    said = extract_from_dir(PRODUCT, method_map=METHODS, keywords=KEYWORDS)
    for file, _line, message, _comments, context in sorted(said, key=lambda one: (one[0], one[1])):
        found.add(message, locations=[(f"channel_manager/{file}", 0)], context=context)
    return found


def read(file: Path) -> Catalog:
    with file.open("rb") as written:
        return read_po(written, locale=file.parts[-3])


def write(catalogue: Catalog, file: Path) -> None:
    with file.open("wb") as written:
        write_po(written, catalogue, width=0, include_lineno=False, ignore_obsolete=True)
    with file.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, catalogue)


def differences(catalogue: Catalog, said: Catalog) -> list[str]:
    there, wanted = ({(one.context, one.id) for one in each if one.id} for each in (catalogue, said))
    return [f"lacks {one}" for one in sorted(map(str, wanted - there))] + [
        f"has {one}, which nothing says" for one in sorted(map(str, there - wanted))
    ]


def main() -> int:
    said, wrong = collected(), []
    for file in sorted(PRODUCT.glob("locale/*/LC_MESSAGES/django.po")):
        catalogue = read(file)
        if "--check" in sys.argv:
            wrong += [f"{file.parts[-3]} {difference}" for difference in differences(catalogue, said)]
        else:
            catalogue.update(said, no_fuzzy_matching=True, update_creation_date=False)
            write(catalogue, file)
    print(*wrong, sep="\n", end="\n" if wrong else "")  # noqa: T201 - a command
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
