"""Removes each mechanism of `mechanisms.py` alone, in a copy of the project, and shows the tests that then fail.

Ends with 0 only if all tests pass while everything is in place, and each removal makes its tests fail by what they
assert: not by an error, and not because time ran out.
"""

import argparse
import queue
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from copies import Copy, Outcome, Outcomes
from mechanisms import MECHANISMS
from removals import Mechanism
from rich.console import Console
from rich.table import Table
from rich.text import Text

AT_ONCE = 2
SECONDS = 120.0
SECONDS_OF_ALL = 300.0
WIDTH = 180  # where nobody looks at a window
LONGEST_WORDS = 160
NEVER_RAN = Outcome()


@dataclass(frozen=True, slots=True)
class Proof:
    """How the tests of a mechanism end with it and without it."""

    of: Mechanism
    whole: Outcomes
    without: Outcomes

    @property
    def holds(self) -> bool:
        return all(with_it.passed and without_it.asserted for _, with_it, without_it in self.rows())

    def rows(self) -> list[tuple[str, Outcome, Outcome]]:
        return [(test, self.whole.get(test, NEVER_RAN), self.without.get(test, NEVER_RAN)) for test in self.of.tests]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", help="a part of a mechanism's name; without any, all are removed")
    names = parser.parse_args().name
    chosen = [one for one in MECHANISMS if not names or any(name in one.name for name in names)]
    if not chosen:
        parser.error("no mechanism has such a name")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mechanisms-", ignore_cleanup_errors=True) as folder:
        proofs = prove(chosen, Path(folder))
        _wait_for_servers(Path(folder))
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table(proofs))
    held = sum(proof.holds for proof in proofs)
    print(f"{held} of {len(proofs)} mechanisms: removed alone, the tests fail. {time.monotonic() - began:.0f} s.")  # noqa: T201
    return 0 if held == len(proofs) else 1


def prove(chosen: Sequence[Mechanism], folder: Path) -> list[Proof]:
    """In as many copies as run at once. What changes tables needs a new database each time, and comes last."""
    copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
    for number in range(AT_ONCE):
        copies.put(Copy(folder / str(number)))

    def in_a_copy(work: Callable[[Copy], Outcomes]) -> Outcomes:
        copy = copies.get()
        try:
            return work(copy)
        finally:
            copies.put(copy)

    def removed(one: Mechanism) -> Outcomes:
        def work(copy: Copy) -> Outcomes:
            with copy.without(one.removal):
                print(f"without: {one.name}", flush=True)  # noqa: T201 - the table comes minutes later
                return copy.run(one.tests, SECONDS)

        return in_a_copy(work)

    tests = sorted({test for one in chosen for test in one.tests})
    with ThreadPoolExecutor(AT_ONCE) as pool:
        whole = pool.submit(in_a_copy, lambda copy: copy.run(tests, SECONDS_OF_ALL))
        ordered = sorted(chosen, key=lambda one: one.removal.changes_tables)
        without = {one.name: pool.submit(removed, one) for one in ordered}
        return [Proof(one, whole.result(), without[one.name].result()) for one in chosen]


def table(proofs: Sequence[Proof]) -> Table:
    shown = Table("Mechanism", "Without it …", "Test", "With it", "Without it", show_lines=True)
    for proof in proofs:
        for place, (test, with_it, without_it) in enumerate(proof.rows()):
            texts = ("", "") if place else (proof.of.name, proof.of.protects)
            without = _words(
                "fails: " if without_it.asserted else "NOT PROVEN: ", without_it, right=without_it.asserted
            )
            shown.add_row(*texts, Text(test.partition("::")[2]), _words("", with_it, right=with_it.passed), without)
    return shown


def _words(before: str, outcome: Outcome, *, right: bool) -> Text:
    return Text(before + outcome.words[:LONGEST_WORDS], style="" if right else "bold red")


def _wait_for_servers(folder: Path) -> None:
    """They stop by themselves once nobody uses them, and write until then."""
    ends = time.monotonic() + 10
    while any(folder.rglob("postmaster.pid")) and time.monotonic() < ends:
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
