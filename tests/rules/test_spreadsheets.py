"""Files that a spreadsheet opens: text stays text."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count, islice

import pytest

from channel_manager.shared.spreadsheets import AT_ONCE, table


def test_a_table_is_utf_8_that_excel_knows_and_cells_are_quoted():
    rows = [("雨傘", 2, Decimal("-3.50")), ('A "B", C', None, datetime(2026, 11, 23, 12, tzinfo=UTC))]
    assert "".join(table(("SKU", "Units", "Value"), rows)) == (
        '\ufeffSKU,Units,Value\r\n雨傘,2,-3.50\r\n"A ""B"", C",,2026-11-23 12:00:00\r\n'
    )


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_text_that_begins_like_a_formula_is_only_a_text(sign):
    _heads, row = table(("SKU",), [(f"{sign}1+1",)])
    assert row.strip('"').startswith(f"'{sign}")


def test_rows_are_asked_for_as_they_are_written():
    asked = []
    text = table(("N",), ((asked.append(n) or n,) for n in count()))
    assert len(list(islice(text, 2))) == 2
    assert len(asked) == AT_ONCE
