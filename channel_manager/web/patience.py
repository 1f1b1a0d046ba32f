"""How often a page that follows something asks again: the longer nothing becomes of it, the more rarely."""

from datetime import timedelta

PAUSES = ((timedelta(seconds=30), 2), (timedelta(minutes=3), 5), (timedelta(minutes=15), 20))
"""Until it has waited so long, so many seconds."""
LONGEST = 60


def pause(waited: timedelta) -> int:
    """Seconds until it is worth looking again."""
    return next((seconds for until, seconds in PAUSES if waited < until), LONGEST)
