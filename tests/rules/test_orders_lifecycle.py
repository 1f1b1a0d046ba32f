"""Quantities and status: properties that hold for every line, and the few cases that have a name."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channel_manager.orders import lifecycle
from channel_manager.orders.lifecycle import Ledger, NotCancellable, NotShippable

PROPERTY = settings(derandomize=True, max_examples=100, deadline=None)
UNITS = st.integers(0, 9)


@dataclass
class Line:
    quantity: int
    reported_shipped: int = 0
    reported_cancelled: int = 0
    recorded_shipped: int = 0
    recorded_cancelled: int = 0


@st.composite
def possible(draw):
    """A ledger that does not contradict itself."""
    ordered = draw(st.integers(1, 9))
    shipped = draw(st.integers(0, ordered))
    return Ledger(ordered=ordered, shipped=shipped, cancelled=draw(st.integers(0, ordered - shipped)))


LEDGERS = st.lists(possible(), min_size=1, max_size=5)
ANY_LINE = st.builds(Line, st.integers(1, 9), UNITS, UNITS, UNITS, UNITS)


@PROPERTY
@given(ANY_LINE)
def test_a_unit_counts_as_soon_as_either_side_knows_it(line):
    found = lifecycle.ledger(line)
    assert found.shipped >= line.reported_shipped
    assert found.shipped >= line.recorded_shipped
    assert found.shipped in (line.reported_shipped, line.recorded_shipped)
    assert found.cancelled in (line.reported_cancelled, line.recorded_cancelled)
    assert found.open + found.shipped + found.cancelled == line.quantity


@PROPERTY
@given(ANY_LINE, UNITS)
def test_what_the_marketplace_confirms_changes_nothing(line, units):
    """Our record runs ahead of the marketplace; its echo of the same units must not count twice."""
    line.recorded_shipped = max(line.recorded_shipped, line.reported_shipped)
    before = lifecycle.ledger(line)
    line.reported_shipped = min(line.reported_shipped + units, line.recorded_shipped)
    assert lifecycle.ledger(line) == before


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "open"),
        ([(2, 0, 0)], "open"),
        ([(2, 0, 1)], "open"),
        ([(2, 0, 2)], "canceled"),
        ([(2, 1, 0)], "partially_shipped"),
        ([(2, 1, 1)], "shipped"),
        ([(2, 2, 0)], "shipped"),
        ([(2, 2, 0), (1, 0, 0)], "partially_shipped"),
        ([(2, 0, 2), (1, 0, 0)], "open"),
        ([(2, 0, 2), (1, 1, 0)], "shipped"),
        ([(1, 1, 1)], "shipped"),
        ([(1, 2, 0), (1, 0, 0)], "partially_shipped"),
    ],
)
def test_status(lines, expected):
    assert lifecycle.status(Ledger(ordered=o, shipped=s, cancelled=c) for o, s, c in lines) == expected


@PROPERTY
@given(LEDGERS, st.randoms(use_true_random=False))
def test_status_does_not_depend_on_the_order_of_lines_nor_on_how_units_are_split(ledgers, random):
    shuffled = random.sample(ledgers, len(ledgers))
    single = [
        Ledger(ordered=1, shipped=int(kind == "s"), cancelled=int(kind == "c"))
        for entry in ledgers
        for kind in "s" * entry.shipped + "c" * entry.cancelled + "o" * entry.open
    ]
    assert lifecycle.status(shuffled) == lifecycle.status(single) == lifecycle.status(ledgers)


@PROPERTY
@given(LEDGERS)
def test_finishing_what_is_open_finishes_the_order(ledgers):
    shipped = [Ledger(ordered=e.ordered, shipped=e.shipped + e.open, cancelled=e.cancelled) for e in ledgers]
    cancelled = [Ledger(ordered=e.ordered, shipped=e.shipped, cancelled=e.cancelled + e.open) for e in ledgers]
    assert lifecycle.status(shipped) == ("shipped" if any(e.shipped for e in shipped) else "canceled")
    assert lifecycle.status(cancelled) == ("shipped" if any(e.shipped for e in cancelled) else "canceled")


@PROPERTY
@given(UNITS, st.lists(st.integers(-3, 6), min_size=1, max_size=5))
def test_spread_drops_no_unit_and_fills_lines_in_order(quantity, room):
    parts = lifecycle.spread(quantity, room)
    assert sum(parts) == quantity
    assert len(parts) == len(room)
    assert all(0 <= part <= max(space, 0) for part, space in zip(parts[:-1], room[:-1], strict=True))
    for position, part in enumerate(parts[:-1]):
        if any(parts[position + 1 :]):
            assert part == max(room[position], 0), "a later line takes only what an earlier one has no room for"
    assert parts[-1] <= max(room[-1], 0) or sum(max(space, 0) for space in room) < quantity


def test_spread_over_no_line_takes_nothing():
    assert lifecycle.spread(3, []) == []


@PROPERTY
@given(st.dictionaries(st.sampled_from("1234"), possible(), min_size=1), st.data())
def test_up_to_what_is_open_is_possible(lines, data):
    wanted = {number: data.draw(st.integers(0, entry.open)) for number, entry in lines.items()}
    if any(wanted.values()):
        lifecycle.check_quantities(wanted, lines, NotShippable)
    else:
        with pytest.raises(NotShippable) as refused:
            lifecycle.check_quantities(wanted, lines, NotShippable)
        assert refused.value.field == "quantities"


@PROPERTY
@given(st.dictionaries(st.sampled_from("1234"), possible(), min_size=1), st.data())
def test_one_unit_too_many_is_refused_beside_its_line(lines, data):
    number = data.draw(st.sampled_from(sorted(lines)))
    wanted = {other: entry.open for other, entry in lines.items()} | {number: lines[number].open + 1}
    with pytest.raises(NotCancellable) as refused:
        lifecycle.check_quantities(wanted, lines, NotCancellable)
    assert refused.value.field == number
    assert str(refused.value) == f"Only {lines[number].open} of line {number} are open."


@pytest.mark.parametrize(
    ("wanted", "field", "sentence"),
    [
        ({"1": -1}, "1", "A quantity cannot be negative."),
        ({"7": 1}, "7", "Line 7 is not part of this order."),
        ({}, "quantities", "Choose at least one unit."),
        ({"2": 1}, "2", "Only 0 of line 2 are open."),
    ],
)
def test_what_cannot_be_asked_for(wanted, field, sentence):
    lines = {"1": Ledger(ordered=2, shipped=0, cancelled=0), "2": Ledger(ordered=1, shipped=1, cancelled=1)}
    with pytest.raises(NotShippable) as refused:
        lifecycle.check_quantities(wanted, lines, NotShippable)
    assert (refused.value.field, str(refused.value)) == (field, sentence)


@PROPERTY
@given(st.dictionaries(st.sampled_from("1234"), st.builds(Ledger, ordered=UNITS, shipped=UNITS, cancelled=UNITS)))
def test_contradictions_are_named_line_by_line(lines):
    expected = [number for number, entry in lines.items() if entry.shipped + entry.cancelled > entry.ordered]
    assert [sentence.values["line"] for sentence in lifecycle.contradictions(lines)] == expected
