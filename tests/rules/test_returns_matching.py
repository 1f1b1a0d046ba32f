"""Which return a credit memo settles."""

from hypothesis import given
from hypothesis import strategies as st

from channel_manager.returns.rules.matching import OpenLine, match


def opened(pk, return_id, line_id, room):
    return OpenLine(id=pk, return_id=return_id, line_id=line_id, room=room)


def test_the_return_that_fits_to_the_unit_is_preferred_to_an_older_one():
    lines = [opened(1, 10, 7, 3), opened(2, 20, 7, 2)]
    assert match({7: 2}, lines) == {2: 2}


def test_a_return_of_several_lines_fits_as_a_whole():
    lines = [opened(1, 10, 7, 1), opened(2, 20, 7, 1), opened(3, 20, 8, 2)]
    assert match({7: 1, 8: 2}, lines) == {2: 1, 3: 2}


def test_a_part_of_a_return_and_units_over_several_returns_take_the_oldest_first():
    lines = [opened(1, 10, 7, 2), opened(2, 20, 7, 3)]
    assert match({7: 1}, lines) == {1: 1}
    assert match({7: 4}, lines) == {1: 2, 2: 2}


def test_a_unit_without_a_return_belongs_to_none():
    lines = [opened(1, 10, 7, 1)]
    assert match({7: 2}, lines) is None
    assert match({7: 1, 8: 1}, lines) is None
    assert match({}, lines) is None
    assert match({7: 0}, lines) is None


LINES = st.lists(
    st.builds(
        OpenLine,
        id=st.integers(1, 10**6),
        return_id=st.integers(1, 4),
        line_id=st.integers(1, 3),
        room=st.integers(0, 4),
    ),
    max_size=6,
    unique_by=lambda line: line.id,
)


@given(units=st.dictionaries(st.integers(1, 3), st.integers(0, 6)), lines=LINES)
def test_what_is_matched_is_the_memo_to_the_unit_and_never_above_the_room(units, lines):
    found = match(units, lines)
    wanted = {line: quantity for line, quantity in units.items() if quantity}
    room = {line: sum(one.room for one in lines if one.line_id == line) for line in wanted}
    if found is None:
        assert not wanted or any(quantity > room[line] for line, quantity in wanted.items())
        return
    by_id = {line.id: line for line in lines}
    assert all(0 < quantity <= by_id[pk].room for pk, quantity in found.items())
    taken = {line: sum(q for pk, q in found.items() if by_id[pk].line_id == line) for line in wanted}
    assert taken == wanted
