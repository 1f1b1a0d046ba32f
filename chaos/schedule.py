"""Which call meets which fault: a pure function of the seed and of what the call is about, never of time.

A point is one call of one operation, by the order it is about; its calls are numbered. The same seed therefore gives
the same faults at the same points of the same operations, however fast the machine is and whichever worker calls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

IN_A_ROW = 3
"""At one point at most so many faults follow each other: then a call passes, so that operations come to an end."""
BLOCK = 48
"""In each block of so many orders every disaster happens once."""
EARLY = 16
"""Within the first of a block, so that a short run has them too."""


class Kind(StrEnum):
    """What is done to a call. The last four come once the call has been executed."""

    THROTTLED = "429 before"
    UNAVAILABLE = "503 before"
    RESET_BEFORE = "connection reset before"
    EXPIRED = "expired token"
    LOST = "lost reply"
    STATUS_AFTER = "5xx after"
    RESET_AFTER = "connection reset after"
    SLOW = "reply past the timeout"
    TRUNCATED = "truncated reply"
    HTML = "HTML page after"
    MOVED = "page moved while read"
    KILL = "worker killed in mid-send"
    POSTGRES = "PostgreSQL killed"
    CUT = "database cut off"
    CLOCK = "clock stepped"


BEFORE = frozenset({Kind.THROTTLED, Kind.UNAVAILABLE, Kind.RESET_BEFORE, Kind.EXPIRED})
"""The call is not executed."""
DISASTERS = (Kind.POSTGRES, Kind.CUT, Kind.CLOCK)

WRITES: Mapping[Kind, int] = {
    Kind.LOST: 22,
    Kind.STATUS_AFTER: 20,
    Kind.RESET_AFTER: 10,
    Kind.TRUNCATED: 10,
    Kind.HTML: 8,
    Kind.THROTTLED: 6,
    Kind.UNAVAILABLE: 6,
    Kind.RESET_BEFORE: 7,
    Kind.EXPIRED: 6,
    Kind.SLOW: 3,
    Kind.KILL: 7,
}
READS: Mapping[Kind, int] = {
    Kind.STATUS_AFTER: 20,
    Kind.UNAVAILABLE: 18,
    Kind.RESET_BEFORE: 15,
    Kind.LOST: 15,
    Kind.TRUNCATED: 12,
    Kind.HTML: 12,
    Kind.THROTTLED: 10,
    Kind.EXPIRED: 5,
    Kind.SLOW: 3,
}
PULLS: Mapping[Kind, int] = {**READS, Kind.MOVED: 25}
DENSITY = {"write": 0.28, "read": 0.06, "pull": 0.25, "token": 0.10}
"""An operation reads often, and a read that fails holds up its whole lane: more of them would make fewer faults."""
RESTLESS = frozenset({"stream stock_touched", "stream new_stock", "stream feeds"})
"""Streams that are read whenever anything happens to an order: as dense as in other lists, their faults would be most
of all.
"""
LEAST = {Kind.LOST: 0.02, Kind.KILL: 0.01, **dict.fromkeys(DISASTERS, 0.001)}
"""Of all faults of a campaign that is long enough to say so."""
LONG = 5000
AFTERWARDS = (500, 502, 504, 520)
FATES = (
    ("create_commerce_order", "PUT carts/order"),
    ("create_commerce_order", "POST orders"),
    ("acknowledge", "POST orders/acknowledge"),
)
"""Calls that every order sees, by kind of operation: disasters wait there."""


@dataclass(frozen=True, slots=True)
class Point:
    """`about`: the operation's kind or the stream; `whose`: a purchase order, a return, a SKU or nothing."""

    platform: str
    about: str
    whose: str
    call: str

    @property
    def writes(self) -> bool:
        return not self.call.startswith("GET ")

    @property
    def access(self) -> str:
        if self.about == "token":
            return "token"
        if self.about in RESTLESS:
            return "read"
        if self.about.startswith("stream "):
            return "pull"
        return "write" if self.writes else "read"


@dataclass(frozen=True, slots=True)
class Fault:
    """`status` of those that answer with one; `variant` in [0, 1) chooses what is left to choose."""

    kind: Kind
    status: int = 0
    variant: float = 0.0


def fault_at(seed: int, point: Point, number: int) -> Fault | None:
    """What meets the call with that number, from 0, at a point."""
    if number == 0 and (disaster := _appointed(seed, point)):
        return Fault(disaster)
    place = number % (IN_A_ROW + 1)
    if place == IN_A_ROW:
        return None
    if place and _storms(seed, point, number - place):
        return _made(Kind.THROTTLED, seed, point, number)
    if chance(seed, "strikes", *_texts(point), number) >= DENSITY[point.access]:
        return None
    return _made(drawn(_kinds(point), chance(seed, "kind", *_texts(point), number)), seed, point, number)


def shortage(met: Mapping[str, int]) -> list[str]:
    """Kinds that a long campaign has not had often enough."""
    total = sum(met.values())
    if total < LONG:
        return []
    return [
        f"{kind}: {met.get(kind, 0)} times only" for kind, share in LEAST.items() if met.get(kind, 0) < share * total
    ]


def chance(seed: int, *about: object) -> float:
    """In [0, 1), the same for the same arguments."""
    text = "|".join(str(part) for part in (seed, *about))
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest()) / 2**56


def drawn(weights: Mapping[Kind, int], at: float) -> Kind:
    """By weight; `at` in [0, 1)."""
    left = at * sum(weights.values())
    kinds = list(weights)
    while kinds[1:] and left >= weights[kinds[0]]:
        left -= weights[kinds.pop(0)]
    return kinds[0]


def disasters_of(seed: int, index: int) -> Sequence[tuple[Kind, tuple[str, str]]]:
    """What an order, by its index, has coming, and the call at which it comes."""
    block, place = divmod(index, BLOCK)
    seats = sorted(range(2, EARLY), key=lambda seat: chance(seed, "seat", block, seat))
    return [
        (kind, FATES[int(chance(seed, "fate", block, kind) * len(FATES))])
        for kind, seat in zip(DISASTERS, seats, strict=False)
        if seat == place
    ]


def index_of(number: str) -> int | None:
    """The index of a scripted order, from its purchase order number (`number_of`)."""
    return int(number[-6:]) if len(number) == 13 and number.isdecimal() else None


def number_of(index: int) -> str:
    """Thirteen digits, as Walmart's are."""
    return f"7{index:012d}"


def _appointed(seed: int, point: Point) -> Kind | None:
    index = index_of(point.whose)
    if index is None:
        return None
    here = (point.about, point.call)
    return next((kind for kind, fate in disasters_of(seed, index) if fate == here), None)


def _storms(seed: int, point: Point, start: int) -> bool:
    """A storm fills the rest of a row: the platform says no again and again."""
    if chance(seed, "strikes", *_texts(point), start) >= DENSITY[point.access]:
        return False
    kind = drawn(_kinds(point), chance(seed, "kind", *_texts(point), start))
    return kind is Kind.THROTTLED and chance(seed, "storm", *_texts(point), start) < 0.5


def _kinds(point: Point) -> Mapping[Kind, int]:
    kinds = {"write": WRITES, "read": READS, "pull": PULLS, "token": READS}[point.access]
    without = {Kind.EXPIRED} if point.platform == "commerce" or point.access == "token" else set()
    if point.access == "pull" and (point.platform == "commerce" or point.writes):
        without |= {Kind.MOVED}
    return {kind: weight for kind, weight in kinds.items() if kind not in without}


def _made(kind: Kind, seed: int, point: Point, number: int) -> Fault:
    variant = chance(seed, "variant", *_texts(point), number)
    status = AFTERWARDS[int(variant * len(AFTERWARDS))] if kind in (Kind.STATUS_AFTER, Kind.HTML) else 0
    return Fault(kind, status, variant)


def _texts(point: Point) -> tuple[str, str, str, str]:
    return point.platform, point.about, point.whose, point.call
