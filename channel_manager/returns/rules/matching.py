"""Which return a credit memo settles: by lines and quantities (observed §9). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Allocation = dict[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLine:
    """A line of a return with `room` units that no refund covers yet. `line_id` is the order line it is about."""

    id: int
    return_id: int
    line_id: int
    room: int


def match(units: Mapping[int, int], open_lines: Sequence[OpenLine]) -> Allocation | None:
    """Units of order lines, put on lines of returns by their id; None when any unit has no return to belong to.

    A return that is settled to the unit is preferred, else the oldest that has room: `open_lines` oldest first.
    """
    wanted = {line: quantity for line, quantity in units.items() if quantity > 0}
    if not wanted:
        return None
    for return_id in dict.fromkeys(line.return_id for line in open_lines):
        candidates = [line for line in open_lines if line.return_id == return_id and line.room]
        if _by_order_line(candidates) == wanted:
            return {line.id: line.room for line in candidates}
    return _oldest_first(wanted, open_lines)


def _by_order_line(candidates: Sequence[OpenLine]) -> dict[int, int]:
    room: dict[int, int] = {}
    for line in candidates:
        room[line.line_id] = room.get(line.line_id, 0) + line.room
    return room


def _oldest_first(wanted: Mapping[int, int], open_lines: Sequence[OpenLine]) -> Allocation | None:
    left, found = dict(wanted), {}
    for line in open_lines:
        if taken := min(left.get(line.line_id, 0), line.room):
            found[line.id] = taken
            left[line.line_id] -= taken
    return None if any(left.values()) else found
