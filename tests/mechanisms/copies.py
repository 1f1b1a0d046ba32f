"""A copy of the project, in which one mechanism at a time is missing, and what its tests say there."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from removals import Removal

PROJECT = Path(__file__).parents[2]
PACKAGES = ("channel_manager", "channel_simulators", "tests")
LEFT_OUT = shutil.ignore_patterns("browser", "strangers")
ONE_TEST_SECONDS = 30
ASSERTED = ("AssertionError", "assert ", "Failed: DID NOT RAISE")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a test ended. `asserted`: it failed by what it asserts; `words` are the first ones of its failure."""

    passed: bool = False
    asserted: bool = False
    words: str = "it did not run"


Outcomes = Mapping[str, Outcome]


class Copy:
    """The files, and a server with a database of their own: kept from run to run while its tables stay the same."""

    def __init__(self, folder: Path) -> None:
        self._files, self._data, self._report = folder / "files", folder / "data", folder / "report.xml"
        self._fresh = False
        for name in PACKAGES:
            shutil.copytree(PROJECT / name, self._files / name, ignore=LEFT_OUT)
        shutil.copy(PROJECT / "pyproject.toml", self._files)

    @contextmanager
    def without(self, removal: Removal) -> Iterator[None]:
        """Raises ValueError when the removal does not apply."""
        path = self._files / removal.file
        source = path.read_text()
        _write(path, removal.applied_to(source))
        self._fresh &= not removal.changes_tables
        try:
            yield
        finally:
            _write(path, source)
            self._fresh &= not removal.changes_tables

    def run(self, tests: Sequence[str], seconds: float) -> Outcomes:
        """By the tests' names; nothing at all when they have not ended in time."""
        self._report.unlink(missing_ok=True)
        known, self._fresh = self._fresh, False
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--timeout={ONE_TEST_SECONDS}"]
        command += [
            "--reuse-db" if known else "--create-db",
            "-o",
            "junit_family=xunit1",
            "-o",
            "timeout_func_only=true",
        ]
        command += [f"--junitxml={self._report}", *tests]
        try:
            subprocess.run(
                command, cwd=self._files, env=self._environment(), timeout=seconds, capture_output=True, check=False
            )
        except subprocess.TimeoutExpired:
            return {}
        self._fresh = True
        return outcomes(self._report.read_text()) if self._report.exists() else {}

    def _environment(self) -> dict[str, str]:
        """As ours, but for what would lead to another database or to our own files."""
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PYTEST_ADDOPTS")}
        return kept | {"PYTHONPATH": str(self._files), "CHANNEL_MANAGER_DATA": str(self._data)}


def outcomes(report: str) -> Outcomes:
    """Of pytest's report in the form of JUnit, by the names that pytest gives to tests."""
    cases = ET.fromstring(report).iter("testcase")
    return {f"{case.get('file')}::{case.get('name')}": _outcome(case) for case in cases}


def _outcome(case: ET.Element) -> Outcome:
    ends = [end for end in case if end.tag in ("failure", "error", "skipped")]
    if not ends:
        return Outcome(passed=True, words="passes")
    message = (ends[0].get("message") or "").strip()
    asserted = all(end.tag == "failure" for end in ends) and message.startswith(ASSERTED)
    return Outcome(asserted=asserted, words=message.partition("\n")[0])


def _write(path: Path, source: str) -> None:
    """What was compiled of it is thrown away: within a second and at the same length Python would take it for current."""
    path.write_text(source)
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
