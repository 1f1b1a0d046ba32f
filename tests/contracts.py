"""A pytest plugin: what passes between anybody and the simulators during the run is held against the published contracts.

Every simulator of the run, those of child processes too, appends its exchanges to one file (CHANNEL_EXCHANGES). What the
product sent is checked wholly; of other callers, who are often wrong on purpose, only what was answered with 2xx. The
contracts lie beside the checkout; where they do not, nothing is checked and the summary says so.
"""

import importlib.util
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

CHECK = Path(__file__).parents[2] / "shared" / "contracts" / "check.py"
VARIABLE = "CHANNEL_EXCHANGES"
LARGEST_FILE = 32 * 1024 * 1024  # read and thrown away when it has grown beyond, so that a long run needs little disk
SHOWN = 20
PRODUCT = re.compile(r"ChannelManager")
RESPONSE = re.compile(r": response\b")
WORD = re.compile(r"[A-Za-z][A-Za-z_ ]{0,39}")  # what may be a value of an enumeration
_OLD = object()


@cache
def contracts() -> Any:
    """The checker of the published contracts, or None where it is not beside the checkout."""
    if not CHECK.exists():
        return None
    specification = importlib.util.spec_from_file_location("contracts_check", CHECK)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    module._prepare = _remembering(module._prepare)
    return module.Contracts()


def violations(exchanges: Iterable[dict[str, Any]]) -> list[str]:
    """What the contracts say against these exchanges, all of them right on purpose; nothing without the contracts."""
    return [fault for exchange in exchanges for fault in (contracts().violations(exchange) if contracts() else ())]


class Checker:
    """Counts all exchanges and validates each that shows anything not seen before at its call."""

    def __init__(self) -> None:
        self.checked = self.of_product = 0
        self.violations: list[str] = []
        self._seen: set[tuple[Any, ...]] = set()

    def read(self, file: Path) -> None:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                self.take(json.loads(line))

    def take(self, exchange: dict[str, Any]) -> None:
        product = _is_products(exchange)
        if not product and not 200 <= (exchange["status"] or 0) < 300:
            return
        self.checked += 1
        self.of_product += product
        reduced = self._reduced(exchange, product=product)
        if reduced is not None:
            found = contracts().violations(reduced)
            self.violations += [fault for fault in found if product or RESPONSE.search(fault)]

    def _reduced(self, exchange: dict[str, Any], *, product: bool) -> dict[str, Any] | None:
        """The exchange, its answer without the rows that show nothing new; None where nothing is new at all."""
        platform = exchange["platform"]
        operation = contracts().find(platform, exchange["method"], exchange["path"])
        call = (operation or exchange["path"], exchange["status"], product)
        news = _News(self._seen, call, whole=platform == "walmart")
        answer = news.of("", _as_published(exchange["response"]))
        if product:
            news.add("query", *sorted(re.split("[&=]", exchange["query"] or "")))
            news.of("request", exchange["request"], words=True)
        return {**exchange, "response": answer} if news.found else None


class _News:
    """What a schema could object to and has not been shown at this call before."""

    def __init__(self, seen: set[tuple[Any, ...]], call: tuple[Any, ...], *, whole: bool) -> None:
        self.found = False
        self._seen, self._call, self._whole = seen, call, whole

    def add(self, *mark: Any) -> None:
        self.found |= (key := (self._call, *mark)) not in self._seen
        self._seen.add(key)

    def of(self, path: str, value: Any, *, words: bool = False) -> Any:
        """Note the value's marks; return it, of its lists only the elements that had new ones.

        Marks are the members an object has (Commerce's schema requires none), the types of values and, with `words`,
        what may be a value of an enumeration, signs and lengths.
        """
        if isinstance(value, dict):
            if self._whole:
                self.add(path, frozenset(value))
            return {name: self.of(f"{path}.{name}", member, words=words) for name, member in value.items()}
        if isinstance(value, list):
            self.add(path, list)
            return [shown for member in value if (shown := self._new(f"{path}[]", member, words=words)) is not _OLD]
        self.add(path, type(value), _looks(value) if words else None)
        return value

    def _new(self, path: str, value: Any, *, words: bool) -> Any:
        before, self.found = self.found, False
        shown = self.of(path, value, words=words)
        new, self.found = self.found, self.found or before
        return shown if new or words else _OLD


class Contracts:
    """The plugin while a run lasts."""

    def __init__(self, folder: Path) -> None:
        self.checker = Checker()
        self.seconds = 0.0
        self._folder, self._file = folder, folder / "exchanges.jsonl"
        self._aside = folder / "aside.jsonl"
        os.environ[VARIABLE] = str(self._file)

    def pytest_runtest_logfinish(self) -> None:
        if self._file.exists() and self._file.stat().st_size > LARGEST_FILE:
            self._read()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._read()
        self._read()
        if self.checker.violations and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        found = self.checker.violations
        terminalreporter.write_line(
            f"contracts: {self.checker.checked:,} exchanges checked ({self.checker.of_product:,} of the product),"
            f" {len(found)} violations ({self.seconds:.1f} s)",
            red=bool(found),
        )
        for fault in found[:SHOWN]:
            terminalreporter.write_line(f"  {fault}")

    def pytest_unconfigure(self) -> None:
        os.environ.pop(VARIABLE, None)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self) -> None:
        """One file is read while a next one is written: a simulator may still be at the last line of the first."""
        began = time.monotonic()
        if self._aside.exists():
            self.checker.read(self._aside)
            self._aside.unlink()
        if self._file.exists():
            self._file.rename(self._aside)
        self.seconds += time.monotonic() - began


class Absent:
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.write_line(f"contracts: nothing checked, {_reason()}")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ or config.option.collectonly:
        return  # a worker inherits the variable; its controller checks
    plugin = Absent() if _reason() else Contracts(Path(tempfile.mkdtemp(prefix="contracts-")))
    config.pluginmanager.register(plugin, "contracts-of-the-run")


def _reason() -> str | None:
    if VARIABLE in os.environ:
        return f"{VARIABLE} is set: the exchanges are in {os.environ[VARIABLE]}"
    return None if CHECK.exists() else f"the published contracts are not at {CHECK}"


def _is_products(exchange: dict[str, Any]) -> bool:
    agent = next((value for name, value in exchange["headers"].items() if name.lower() == "user-agent"), "")
    return bool(PRODUCT.search(agent))


def _looks(value: Any) -> Any:
    if isinstance(value, str):
        return value if WORD.fullmatch(value) else len(value).bit_length()
    return value if isinstance(value, bool) or not value else value > 0


def _as_published(answer: Any) -> Any:
    """Without what is deliberately strange: a proxy's page in place of an answer, and no ship node shown as an empty
    list, which Walmart's schema does not know (walmart-api §2.6).
    """
    if isinstance(answer, str) and answer.startswith("<"):
        return None
    if isinstance(answer, dict):
        return {name: _as_published(value) for name, value in answer.items() if name != "shipNode" or value != []}
    return [_as_published(value) for value in answer] if isinstance(answer, list) else answer


def _remembering(prepare: Any) -> Any:
    """The checker prepares a schema anew for every exchange; the schemas themselves live as long as it does."""
    kept: dict[tuple[Any, ...], Any] = {}

    def remembered(document: Any, node: Any, closed: bool, platform: str, seen: tuple[str, ...]) -> Any:
        key = (id(node), closed, platform, seen)
        if key not in kept:
            kept[key] = (node, prepare(document, node, closed, platform, seen))
        return kept[key][1]

    return remembered
