"""CSV that a spreadsheet opens as text and numbers, never as formulas: made row by row, as long as it may be."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

MARK = "\ufeff"
"""Tells Excel that a file is UTF-8."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""

AT_ONCE = 500

Row = Iterable[object]


def table(heads: Row, rows: Iterable[Row]) -> Iterator[str]:
    """The text of a file in pieces, the heads first; rows are asked for as they are written."""
    yield MARK + _written([heads])
    left = iter(rows)
    while part := list(islice(left, AT_ONCE)):
        yield _written(part)


def safe(cell: object) -> str:
    """A text that begins like a formula is only a text; moments are in UTC."""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    text = "" if cell is None else str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(FORMULA) else text


def _written(rows: Iterable[Row]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([safe(cell) for cell in row] for row in rows)
    return buffer.getvalue()
