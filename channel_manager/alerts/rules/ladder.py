"""What people can be told of, and the rungs of a deadline's ladder. Pure."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    ORDER_ERROR = "order_error"
    NEEDS_ACTION = "needs_action"
    BUYER_ASKED = "buyer_asked"
    ALREADY_SHIPPED = "already_shipped"
    ACKNOWLEDGE_DUE = "acknowledge_due"
    SHIP_DUE = "ship_due"
    AUTO_CANCEL_DUE = "auto_cancel_due"
    REFUND_DUE = "refund_due"
    LISTINGS = "listings"
    CONNECTION = "connection"
    SILENCE = "silence"
    OTHER_WRITER = "other_writer"
    READ_ONLY = "read_only"


DEADLINES = (Kind.ACKNOWLEDGE_DUE, Kind.SHIP_DUE, Kind.AUTO_CANCEL_DUE, Kind.REFUND_DUE)
ON_HOME = (Kind.CONNECTION, Kind.SILENCE, Kind.OTHER_WRITER)
"""Looked for even where nobody is told, since Home says them."""
ALWAYS = (Kind.READ_ONLY,)
"""Told to every channel: a store that does nothing any more must not go unnoticed."""

PASSED = 0
"""The rung of a deadline that is over. Nobody has to ask for it."""
MINUTE = timedelta(minutes=1)
DEFAULT = (24 * 60, 4 * 60, 60)
MOST = 6
LONGEST = 14 * 24 * 60


def rung(left: timedelta, rungs: Iterable[int], *, whole: timedelta | None) -> int | None:
    """The lowest rung that has been reached, in minutes before the deadline; None while none has been.

    `whole` is all the time there ever was: a rung above it would be reached by every order as it comes in, so it does
    not count.
    """
    if left <= timedelta():
        return PASSED
    reached = (minutes for minutes in rungs if left <= minutes * MINUTE and (whole is None or minutes * MINUTE < whole))
    return min(reached, default=None)


def hears(kind: Kind, at_rung: int, *, kinds: Collection[str], rungs: Collection[int]) -> bool:
    """Whether a channel that asked for these kinds and rungs is told."""
    if kind in ALWAYS:
        return True
    return kind in kinds and (kind not in DEADLINES or at_rung == PASSED or at_rung in rungs)
