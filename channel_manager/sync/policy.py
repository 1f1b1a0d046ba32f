"""What to do after a failed attempt. Pure: time and chance are arguments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from channel_manager.shared.errors import Ambiguous, Misconfigured, Postponed, Rejected, RemoteError, Unavailable

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

UNAVAILABLE = (2 * SECOND, 4 * SECOND, 8 * SECOND, 16 * SECOND, 32 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE)
POSTPONED = (1 * MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE)
AMBIGUOUS = (2 * SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, 1 * MINUTE, 2 * MINUTE, 5 * MINUTE)
OUTAGE_IN_DISGUISE = (5 * MINUTE, 15 * MINUTE, 40 * MINUTE)
LANE = (1 * SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND, 30 * SECOND)
PAUSE = MINUTE
LONGEST_RETRY_AFTER = 10 * MINUTE
JITTER = 0.2
HURRY = 10
"""Until a deadline no wait is longer than this part of what is left."""


@dataclass(frozen=True, slots=True)
class RetryAt:
    at: datetime


@dataclass(frozen=True, slots=True)
class LookFirst:
    """Try again, after looking whether it has happened."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """A person must act."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop the whole platform until its owner acts; one probe at `until`. The attempt is not held against it."""

    until: datetime


Decision = RetryAt | LookFirst | GiveUp | Pause


def decide(  # noqa: PLR0911 - a table, one row each
    error: BaseException, *, attempt: int, now: datetime, deadline: datetime | None = None, jitter: float = 0.0
) -> Decision:
    """`attempt` counts failures held against the operation, this one included; `jitter` is in [0, 1).

    What is neither Rejected nor our own bug is tried for ever (nothing is ever dropped) and stays visible.
    """
    match error:
        case Misconfigured():
            return Pause(now + PAUSE)
        case Ambiguous():
            return LookFirst(now + _wait(AMBIGUOUS, attempt, now, deadline, jitter))
        case Unavailable(retry_after=timedelta() as asked):
            return RetryAt(now + min(asked, LONGEST_RETRY_AFTER))
        case Unavailable():
            return RetryAt(now + _wait(UNAVAILABLE, attempt, now, deadline, jitter))
        case Postponed():
            return RetryAt(now + _wait(POSTPONED, attempt, now, deadline, 0.0))
        case Rejected() if _is_outage(error) and attempt <= len(OUTAGE_IN_DISGUISE):
            return RetryAt(now + OUTAGE_IN_DISGUISE[attempt - 1])
        case _:
            return GiveUp()


def lane_opens(*, outages: int, now: datetime, retry_after: timedelta | None = None, jitter: float = 0.0) -> datetime:
    """When to try a platform again that could not be reached `outages` times in a row, by any operation of the lane."""
    if retry_after is not None:
        return now + min(retry_after, LONGEST_RETRY_AFTER)
    return now + _wait(LANE, outages, now, None, jitter)


def _wait(
    steps: tuple[timedelta, ...], attempt: int, now: datetime, deadline: datetime | None, jitter: float
) -> timedelta:
    wait = steps[min(max(attempt, 1), len(steps)) - 1] * (1 + JITTER * jitter)
    if deadline is not None and deadline > now:
        return min(wait, max(2 * SECOND, (deadline - now) / HURRY))
    return wait


def _is_outage(error: RemoteError) -> bool:
    """Walmart refuses correct requests with these words while it is down (walmart-api §8.4)."""
    return error.code.partition(".")[0] == "INVALID_REQUEST" and error.said.strip(" .").lower() == "invalid request"
