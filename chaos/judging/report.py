"""What the campaign found: figures, violations with what is needed to see them again, what waits for a person."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(slots=True, kw_only=True)
class Report:
    """`violations` by order number or SKU (or a word for what concerns all); `people`: sentences and how often;
    `stock`: figures of what was told of stock.

    `killed`: workers, where `faults` counts the calls that killed: two calls in flight may kill one worker.
    """

    seed: int
    seconds: float = 0.0
    orders: int = 0
    finished: int = 0
    stories: dict[str, int] = field(default_factory=dict)
    operations: int = 0
    attempts: int = 0
    calls: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    killed: int = 0
    restarts: int = 0
    violations: dict[str, list[str]] = field(default_factory=dict)
    unfinished: dict[str, str] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    stock: dict[str, float] = field(default_factory=dict)
    replay: str = ""

    @property
    def total(self) -> int:
        return sum(self.faults.values())

    @property
    def passed(self) -> bool:
        return not self.violations

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self) | {"total": self.total, "passed": self.passed}, indent=1) + "\n")


def show(report: Report, detail: dict[str, Any]) -> None:
    console = Console(width=120)
    table = Table("fault", "times", title=f"Seed {report.seed}: {report.total} faults in {report.seconds:.0f} s")
    for kind, times in sorted(report.faults.items(), key=lambda pair: -pair[1]):
        table.add_row(kind, f"{times:,}")
    console.print(table)
    console.print(
        f"{report.orders} orders ({report.finished} lived to their end), {report.operations:,} operations, "
        f"{report.attempts:,} attempts, {report.calls:,} calls, {report.killed} workers killed, "
        f"{report.restarts} started again"
    )
    if report.stock:
        console.print("stock: " + ", ".join(f"{figure:,} {name}" for name, figure in report.stock.items()))
    for sentence, times in sorted(report.people.items(), key=lambda pair: -pair[1]):
        console.print(f"needs a person, {times}×: {sentence}")
    for number, why in report.unfinished.items():
        console.print(f"{number} {why}")
    for number, several in report.violations.items():
        console.print(f"[bold red]violation[/] {number}", *several, sep="\n    ")
        for line in detail.get(number, []):
            console.print(f"        {line}")
    console.print(f"{len(report.violations)} violations. To see the same again: {report.replay}")


def counted(sentences: Sequence[str]) -> dict[str, int]:
    return dict(Counter(sentences))
