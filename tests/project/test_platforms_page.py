"""docs/platforms.md names tests that exist, and leaves out nothing that is known of the platforms."""

import ast
import re
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from channel_simulators.commerce.store.options import Options as ShopOptions
from channel_simulators.walmart.catalog.state import CatalogOptions
from channel_simulators.walmart.feeds.state import FeedOptions
from channel_simulators.walmart.notifications.state import NotificationOptions
from channel_simulators.walmart.options import Options as WalmartOptions
from channel_simulators.walmart.returns.state import ReturnOptions

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "platforms.md").read_text()
WALMART, _, COMMERCE = TEXT.partition("\n## Walmart\n")[2].partition("\n## Adobe Commerce and Magento Open Source\n")
COMMERCE, _, REST = COMMERCE.partition("\n## Where the references are silent\n")
SILENT, _, STRANGERS = REST.partition("\n## Strangers\n")
HEAD = "| behaviour | source | what Channel Manager does | pinned by |"


@dataclass(frozen=True)
class Row:
    behaviour: str
    source: str
    does: str
    tests: tuple[str, ...]


def tables(text, head):
    """The rows below each table head of these words, as lists of cells."""
    for table in text.split(f"{head}\n")[1:]:
        for line in table.splitlines()[1:]:
            if not line.startswith("|"):
                break
            yield [cell.strip() for cell in line.strip("|").split("|")]


def rows(text):
    return [
        Row(what, source, does, tuple(re.findall(r"`(.+?)`", tests)))
        for what, source, does, tests in tables(text, HEAD)
    ]


def functions(file):
    return {
        node.name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def sections(*spans):
    """`("2", 19)` means §2.1 to §2.19, a lone text itself."""
    return {f"{span[0]}.{n}" for span in spans if not isinstance(span, str) for n in range(1, span[1] + 1)} | {
        span for span in spans if isinstance(span, str)
    }


def named(text, prefix=""):
    return set(re.findall(rf"{prefix}§(\d+(?:\.\d+)?)", text))


@pytest.mark.parametrize("text", [WALMART, COMMERCE], ids=["walmart", "commerce"])
def test_every_test_that_is_named_exists(text):
    files = {file.stem.removeprefix("test_"): file for file in (ROOT / "tests").rglob("test_*.py")}
    wanted = {test for row in rows(text) for test in row.tests}
    known = {name: functions(files[name]) for name in {test.partition("::")[0] for test in wanted} & files.keys()}
    missing = [
        test for test in wanted if "test_" + test.partition("::")[2] not in known.get(test.partition("::")[0], ())
    ]
    assert sorted(missing) == []


@pytest.mark.parametrize("text", [WALMART, COMMERCE], ids=["walmart", "commerce"])
def test_every_row_is_one_behaviour_with_its_source_and_its_tests(text):
    found = rows(text)
    assert len(found) > 100
    assert [row.behaviour for row in found if not (row.tests and row.does)] == []
    assert [row.behaviour for row in found if not re.search(r"§\d|\bours\b", row.source)] == []
    assert [row.behaviour for row in found if len(set(row.tests)) < len(row.tests)] == []
    assert sorted({row.behaviour for row in found}) == sorted(row.behaviour for row in found)


def test_nothing_that_is_known_of_walmart_is_left_out():
    known = sections(
        ("1", 5), ("2", 19), ("3", 4), ("4", 6), ("5", 6), ("6", 4), "7", ("8", 4), ("9", 56), "10.7", "11"
    )
    assert sorted(known - named(WALMART)) == []


def test_nothing_that_is_known_of_commerce_is_left_out():
    observed = sections("1", ("1", 3), ("2", 9), "3", "4", "5", "6", "7", "8", "9", "10")
    assert sorted(observed - named(COMMERCE, "observed ")) == []
    read = sections(
        ("1", 5), "2", ("3", 5), "4", ("5", 6), ("6", 5), ("7", 6), ("8", 3), ("9", 5), ("12", 3), ("15", 11)
    )
    assert sorted(read - named(COMMERCE, "commerce-api ")) == []


def test_what_is_not_reproduced_has_its_reason():
    left_out = [*tables(WALMART, "| what | source | why |"), *tables(COMMERCE, "| what | source | why |")]
    assert len(left_out) > 20
    assert [cells for cells in left_out if len(cells) != 3 or not all(cells)] == []


def test_every_switch_that_is_named_exists():
    of_walmart = (WalmartOptions, CatalogOptions, FeedOptions, NotificationOptions, ReturnOptions)
    for text, options in zip(SILENT.split("\n### Commerce\n"), (of_walmart, (ShopOptions,)), strict=True):
        choices = list(tables(text, "| question | the simulator | switch |"))
        switches = {name for _, _, switch in choices for name in re.findall(r"`(\w+)`", switch)}
        assert switches
        assert sorted(switches - {field.name for one in options for field in fields(one)}) == []


def test_strangers_are_named_with_the_version_that_is_installed():
    pins = dict(re.findall(r"^([\w-]+)==([\d.]+)", (ROOT / "requirements" / "strangers.in").read_text(), re.MULTILINE))
    told = re.findall(r"^\| `([\w-]+)` ([\d.]+) \|", STRANGERS, re.MULTILINE)
    assert len(told) == 5
    assert [(name, version) for name, version in told if pins.get(name) != version] == []
