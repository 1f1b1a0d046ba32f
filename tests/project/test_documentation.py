"""The documentation is held against the code: what it names exists, and what an operator may set is described."""

import importlib
import re
from pathlib import Path

import pytest
import typer

from channel_manager.cli.app import app
from channel_manager.cli.endings import Code

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
OPERATING = ROOT / "docs" / "operating.md"

FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
QUOTED = re.compile(r"`([^`\n]+)`")
FOLDERS = "channel_manager|channel_simulators|tests|docs|requirements"
FILE = re.compile(rf"(?:{FOLDERS})/[\w./-]*")
PACKAGES = "accounts|alerts|api|cli|config|connectors|gateways|history|notifications|orders|ports|shared|stores|sync|web|worker"
NAME = re.compile(rf"(?:(?:channel_manager\.)?(?:{PACKAGES})|channel_simulators)(?:\.\w+)+")
VARIABLE = re.compile(r"\b(?:CHANNEL_MANAGER_[A-Z]+(?:_[A-Z]+)*|DATABASE_URL)\b")
COMMAND = re.compile(r"channel-manager ([a-z]+(?: [a-z-]+)?)")
TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")
REQUIREMENT = re.compile(r"^([a-z][a-z0-9-]*)", re.MULTILINE)
# A reader has this folder and nothing else, and comes for facts.
OUT_OF_PLACE = re.compile(
    r"/work/|/root/|/home/\w|\b(?:product|style|recipes)\.md\b|\b(?:prototype|TODO|TBD|FIXME)\b"
    r"|\b(?:seamless|blazing|effortless|powerful|revolutionary|cutting-edge|world-class)\w*",
    re.IGNORECASE,
)


def names(pages):
    return [str(page.relative_to(ROOT)) for page in pages]


def quoted(page):
    return QUOTED.findall(FENCE.sub("", page.read_text()))


def anchors(page):
    """As GitHub makes them from headings."""
    titles = HEADING.findall(FENCE.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_link_leads_somewhere(page):
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"https?://|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_file_that_is_named_exists(page):
    paths = [text for text in quoted(page) if FILE.fullmatch(text)]
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_module_and_function_that_is_named_exists(page):
    dotted = {text.removesuffix("()") for text in quoted(page) if NAME.fullmatch(text.removesuffix("()"))}
    assert sorted(name for name in dotted if not exists(name)) == []


def exists(name):
    """A module, or an attribute of one, or of a class in one."""
    parts = name.split(".")
    if parts[0] not in ("channel_manager", "channel_simulators"):
        parts.insert(0, "channel_manager")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[length:]:
            if attribute in getattr(found, "__annotations__", {}):
                return True
            if not hasattr(found, attribute):
                return False
            found = getattr(found, attribute)
        return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_command_that_is_named_exists(page):
    code = "\n".join([*FENCE.findall(page.read_text()), *quoted(page)])
    assert sorted(words for words in set(COMMAND.findall(code)) if not is_command(words.split())) == []
    makefile = (ROOT / "Makefile").read_text() if TARGET.search(code) else ""
    assert [name for name in TARGET.findall(code) if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def is_command(words):
    """`web` takes no words; a word after it is none of the command's."""
    found = typer.main.get_command(app)
    for word in words:
        if not hasattr(found, "commands"):
            return True
        found = found.commands.get(word)
        if found is None:
            return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_nothing_stands_in_it_that_is_of_no_use_to_its_reader(page):
    assert OUT_OF_PLACE.findall(page.read_text()) == []


def test_the_pages_are_reached_from_the_readme():
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        links = [link.partition("#")[0] for link in LINK.findall(page.read_text()) if ".md" in link]
        ahead += [target for link in links if (target := (page.parent / link).resolve()) not in reached]
    assert sorted(names(set(PAGES) - reached)) == []


def test_every_environment_variable_is_described_for_the_operator_and_no_other():
    read = {
        name for module in (ROOT / "channel_manager").rglob("*.py") for name in VARIABLE.findall(module.read_text())
    }
    described = set(re.findall(rf"^\| `({VARIABLE.pattern})`", OPERATING.read_text(), re.MULTILINE))
    assert described == read
    assert set(VARIABLE.findall("".join(page.read_text() for page in PAGES))) <= read


def test_every_exit_code_is_described_for_the_operator():
    section = OPERATING.read_text().partition("## Exit codes")[2].partition("\n## ")[0]
    assert [int(number) for number in re.findall(r"^\| `(\d+)`", section, re.MULTILINE)] == [int(code) for code in Code]


def test_every_dependency_has_its_reason():
    told = set(re.findall(r"^\| `([a-z0-9-]+)`", (DECISIONS[6]).read_text(), re.MULTILINE))
    asked = "\n".join(file.read_text() for file in (ROOT / "requirements").glob("*.in"))
    assert told == set(REQUIREMENT.findall(asked))


@pytest.mark.parametrize("number", range(1, len(DECISIONS) + 1))
def test_decisions_are_numbered_dated_and_short(number):
    page = DECISIONS[number - 1]
    lines = page.read_text().splitlines()
    assert page.name.startswith(f"{number:04}-")
    assert lines[0].startswith(f"# {number}. ")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", lines[2])
    assert len(lines) <= 80
