"""The one table that is printed."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`ours` and `bare` are of the same unit; `bare` is the least that the same work could cost."""

    what: str
    ours: float
    unit: str
    bare: float | None = None
    beside: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.bare if self.bare else None


def show(rows: Iterable[Row]) -> None:
    table = Table(title="Channel Manager beside the bare minimum")
    for heading in ("What", "Measured", "Bare", "Ratio", "Beside what"):
        table.add_column(heading, justify="left" if heading in ("What", "Beside what") else "right")
    for row in rows:
        bare = "" if row.bare is None else _figure(row.bare, row.unit)
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        table.add_row(row.what, _figure(row.ours, row.unit), bare, ratio, row.beside or row.note)
    Console(width=None if Console().is_terminal else 130).print(table)


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:,.1f} {unit}"
