"""Walmart's rate limits as data, and what its answers tell about them (walmart-api §7)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from channel_manager.ports.messages import Budget, Limit

LIMITS: Mapping[str, Limit] = {
    "orders": Limit(5000, 60),
    "released": Limit(60, 60),
    "acknowledge": Limit(60, 60),
    "ship": Limit(60, 60),
    "cancel": Limit(60, 60),
    "refund": Limit(60, 60),
    "returns": Limit(50, 60),
    "refund_return": Limit(60, 60),
    "items": Limit(300, 60),
    "item": Limit(60, 60),
    "inventories": Limit(200, 60),
    "inventory": Limit(200, 60),
    "wfs_inventory": Limit(100, 60),
    "set_stock": Limit(200, 60),
    "set_price": Limit(100, 3600),
    "feed_stock": Limit(10, 3600),
    "feed_price": Limit(10, 3600),
    "feeds": Limit(5000, 60),
    "event_types": Limit(5, 60),
    "subscriptions": Limit(50, 60),
    "subscribe": Limit(200, 60),
    "unsubscribe": Limit(10, 60),
}
LONGEST_WAIT = timedelta(minutes=10)
_REMAINING = "x-current-token-count"
_REPLENISHED = ("x-next-replenishment-time", "x-next-replenish-time")
_MOST = 1_000_000
_LEAST_SECONDS = 10**9
_LEAST_MILLISECONDS = 10**11


def budget(family: str, headers: Mapping[str, str], now: datetime) -> Budget | None:
    """What the answer told, if anything. A moment further away than ten minutes is a clock that is wrong: capped."""
    lowered = _lowered(headers)
    remaining, moment = _count(lowered.get(_REMAINING, "")), _replenished(lowered)
    if family not in LIMITS or (remaining is None and moment is None):
        return None
    return Budget(
        family=family, remaining=remaining, replenished_at=min(moment, now + LONGEST_WAIT) if moment else None
    )


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long a refused call should wait: at least a second, at most ten minutes; None when not told."""
    lowered = _lowered(headers)
    moment = _replenished(lowered)
    if moment is not None:
        wait = moment - now
    elif (seconds := _count(lowered.get("retry-after", ""))) is not None:
        wait = timedelta(seconds=min(seconds, 86_400))
    else:
        return None
    return min(max(wait, timedelta(seconds=1)), LONGEST_WAIT)


def moment(value: str) -> datetime | None:
    """Epoch seconds, epoch milliseconds or ISO 8601, as the header has been seen; None for anything else."""
    value = value.strip()
    try:
        number = float(value)
    except ValueError:
        return _iso(value)
    seconds = number / 1000 if number >= _LEAST_MILLISECONDS else number
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds >= _LEAST_SECONDS else None
    except (OverflowError, ValueError, OSError):
        return None


def _replenished(headers: Mapping[str, str]) -> datetime | None:
    return next((found for name in _REPLENISHED if (found := moment(headers.get(name, "")))), None)


def _iso(value: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _count(value: str) -> int | None:
    try:
        return min(max(int(float(value)), 0), _MOST)
    except (ValueError, OverflowError):
        return None


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
