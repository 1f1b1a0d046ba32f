"""How long nothing may come before that is remarkable: from a store's own rhythm. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

FEWEST = 10
"""Orders below which a store has no rhythm yet."""
RARE = 20
"""One gap of that many is a holiday or an outage, and not usual."""
FACTOR = 3
SHORTEST = timedelta(hours=24)


def usual_gap(came: Sequence[datetime]) -> timedelta | None:
    """The longest gap between orders that is usual; None for a store without a rhythm. In any order."""
    if len(came) < FEWEST:
        return None
    gaps = sorted(later - earlier for earlier, later in pairwise(sorted(came)))
    return gaps[len(gaps) - 1 - len(gaps) // RARE]


def longest_silence(came: Sequence[datetime]) -> timedelta | None:
    """Three times the longest usual gap and at least a day; None while there is nothing to compare with."""
    gap = usual_gap(came)
    return None if gap is None else max(SHORTEST, FACTOR * gap)


def silent_for(came: Sequence[datetime], now: datetime) -> timedelta | None:
    """How long nothing has come, when that is longer than it should be."""
    limit = longest_silence(came)
    passed = now - max(came) if came else timedelta()
    return passed if limit is not None and passed > limit else None
