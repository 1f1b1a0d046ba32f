"""When a message that could not be sent is tried again. Pure."""

from datetime import datetime, timedelta

MINUTES = (1, 2, 5, 10, 15, 30, 60, 60, 120, 120, 240, 240)
"""After each failure: about fifteen hours in all, then a newer message tells what still counts."""


def next_try(failures: int, now: datetime) -> datetime | None:
    """None when it is given up."""
    return now + timedelta(minutes=MINUTES[failures - 1]) if failures <= len(MINUTES) else None
