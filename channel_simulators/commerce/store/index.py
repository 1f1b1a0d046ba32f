"""Rows found by the values of some of their columns, without a look at all the others."""

from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import Any

from channel_simulators.commerce.store.columns import leading_number


def folded(value: Any) -> Any:
    """A value as MySQL compares it: texts without case and trailing blanks."""
    return value.rstrip(" ").casefold() if isinstance(value, str) else value


class Index:
    """Ids of rows by the values of their columns; texts and whole numbers only."""

    def __init__(self, *columns: str) -> None:
        self._ids: dict[str, dict[Hashable, dict[int, None]]] = {column: {} for column in columns}
        self._values: dict[int, tuple[Hashable, ...]] = {}
        self._numeric: set[str] = set()  # columns of numbers

    def covers(self, column: str) -> bool:
        return column in self._ids

    def put(self, row_id: int, row: Mapping[str, Any]) -> None:
        """Enter a row, or enter it anew after a change."""
        values = tuple(folded(row.get(column)) for column in self._ids)
        before = self._values.get(row_id)
        if values == before:
            return
        self.drop(row_id)
        self._values[row_id] = values
        for column, value in zip(self._ids, values, strict=True):
            if value is not None:
                self._ids[column].setdefault(value, {})[row_id] = None
                if value.__class__ is int:
                    self._numeric.add(column)

    def drop(self, row_id: int) -> None:
        for by_value, value in zip(self._ids.values(), self._values.pop(row_id, ()), strict=False):
            if value is not None:
                del by_value[value][row_id]

    def ids(self, column: str, wanted: str | int) -> list[int]:
        """Of the rows whose column equals this, as MySQL compares a column with a text; ascending."""
        looked_up = _whole(str(wanted)) if column in self._numeric else folded(wanted)
        return sorted(self._ids[column].get(looked_up, ()))


def _whole(text: str) -> int | None:
    value: Decimal = leading_number(text)
    return int(value) if value == value.to_integral_value() else None
