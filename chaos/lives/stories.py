"""The lives of orders, drawn from the seed, and what both platforms must show after each step. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from chaos.schedule import chance, number_of

SKUS = ("KNIFE-8", "PAN-26", "WHISK-11", "SPATULA", "MUG+LID", "CAP/BLK 1", "TEA_POT.2", "TOWEL-4")
RACED_SKUS = ("GLASS-6", "BOWL-L", "SCALE-D")
"""Where two sides race nobody can say beforehand what is kept: these products are left out when stock is compared."""
PRICES = ("9.99", "12.50", "19.90", "7.77", "24.60")
GOODWILL = Decimal("1.25")
Units = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Line:
    sku: str
    quantity: int
    price: str


@dataclass(frozen=True, slots=True)
class Step:
    """`act` names a method of `people.People`; `units` by line number; `number` is a track's or a return's."""

    act: str
    units: Units = field(default_factory=dict)
    number: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """`raced`: two sides act at the same time, so that a person may have to decide about it."""

    seed: int
    index: int
    lines: tuple[Line, ...]
    story: str
    steps: tuple[Step, ...]
    raced: bool = False

    @property
    def number(self) -> str:
        return number_of(self.index)

    @property
    def units(self) -> dict[str, int]:
        """Ordered, by line number."""
        return {str(place): line.quantity for place, line in enumerate(self.lines, 1)}

    def sku(self, line: str) -> str:
        return self.lines[int(line) - 1].sku

    def by_sku(self, units: Units) -> dict[str, int]:
        """Units by line as units by product."""
        found: dict[str, int] = {}
        for line, count in units.items():
            found[self.sku(line)] = found.get(self.sku(line), 0) + count
        return found


@dataclass(slots=True)
class Expected:
    """Units by line, parcels by tracking number, units that are paid back by return, and how many credit memos."""

    shipped: Counter[str] = field(default_factory=Counter)
    cancelled: Counter[str] = field(default_factory=Counter)
    parcels: dict[str, Units] = field(default_factory=dict)
    returned: Counter[str] = field(default_factory=Counter)
    refunded: Counter[str] = field(default_factory=Counter)
    memos: int = 0
    goodwill: Decimal = Decimal(0)
    held: bool = False
    """A parcel waits for its track."""


def life(seed: int, index: int) -> Life:
    choose = _Chooser(seed, index)
    lines = _lines(choose)
    plain = len({line.sku for line in lines}) == len(lines)
    story = choose.of(
        "story", [name for name, (weight, any_) in STORIES.items() for _ in range(weight) if any_ or plain]
    )
    if story == "race":
        lines = tuple(replace(line, sku=sku) for line, sku in zip(lines, RACED_SKUS, strict=False))
    drawn = Life(seed, index, lines, story, ())
    steps = TELL[story](drawn, choose)
    if story not in WITHOUT_RETURN and plain:
        steps += _afterwards(steps, choose)
    return Life(seed, index, lines, story, tuple(steps), raced=story == "race")


def expected(of: Life, done: int) -> Expected:
    """After so many of its steps."""
    state = Expected()
    for step in of.steps[:done]:
        _account(step, state)
    return state


class _Chooser:
    def __init__(self, seed: int, index: int) -> None:
        self._seed, self._index = seed, index

    def of(self, about: str, choices: Sequence[str]) -> str:
        return choices[int(chance(self._seed, "life", self._index, about) * len(choices))]

    def number(self, about: str, least: int, most: int) -> int:
        return least + int(chance(self._seed, "life", self._index, about) * (most - least + 1))

    def happens(self, about: str, share: float) -> bool:
        return chance(self._seed, "life", self._index, about) < share

    def track(self, place: int) -> str:
        return f"1Z{self._seed % 1000:03d}{self._index:08d}{place:03d}"

    def rma(self) -> str:
        return f"8{self._index:017d}"


def _lines(choose: _Chooser) -> tuple[Line, ...]:
    found = []
    skus = list(SKUS)
    for place in range(choose.number("lines", 1, 3)):
        sku = choose.of(f"sku {place}", skus)
        skus.remove(sku)
        found.append(Line(sku, choose.number(f"units {place}", 1, 3), choose.of(f"price {place}", PRICES)))
    if choose.happens("same sku twice", 0.15):
        found.append(Line(found[0].sku, choose.number("units again", 1, 2), found[0].price))
    return tuple(found)


def _split(of: Life, choose: _Chooser) -> tuple[dict[str, int], dict[str, int]]:
    """Every line's units in two parts; the first has at least one unit."""
    first = {line: choose.number(f"part {line}", 1 if line == "1" else 0, units) for line, units in of.units.items()}
    rest = {line: units - first[line] for line, units in of.units.items() if units > first[line]}
    return {line: units for line, units in first.items() if units}, rest


def _ship_here(of: Life, choose: _Chooser) -> list[Step]:
    first, rest = _split(of, choose)
    parcels = [first, rest] if rest and choose.happens("two parcels", 0.5) else [of.units]
    return [Step("ship_here", units, choose.track(place)) for place, units in enumerate(parcels)]


def _ship_admin(of: Life, choose: _Chooser) -> list[Step]:
    return [Step("ship_admin", of.units, choose.track(0))]


def _late_track(of: Life, choose: _Chooser) -> list[Step]:
    return [Step("ship_admin", of.units), Step("track_admin", of.units, choose.track(0))]


def _ship_and_cancel(of: Life, choose: _Chooser) -> list[Step]:
    first, rest = _split(of, choose)
    steps = [Step("ship_here", first, choose.track(0))]
    return [*steps, Step("cancel_here", rest, more="stock")] if rest else steps


def _cancel_then_ship(of: Life, choose: _Chooser) -> list[Step]:
    first, rest = _split(of, choose)
    steps = [Step("cancel_here", rest, more="price")] if rest else []
    how = choose.of("how", ["ship_here", "ship_admin"])
    return [*steps, Step(how, first, choose.track(0))]


def _cancel_here(of: Life, _choose: _Chooser) -> list[Step]:
    return [Step("cancel_here", of.units, more="carrier")]


def _cancel_admin(of: Life, _choose: _Chooser) -> list[Step]:
    return [Step("cancel_admin", of.units, more="Out of stock")]


def _cancel_at_walmart(of: Life, choose: _Chooser) -> list[Step]:
    first, rest = _split(of, choose)
    gone = [Step("cancel_at_walmart", rest)] if rest else []
    return [*gone, Step("ship_here", first, choose.track(0))]


def _buyer_asks(of: Life, choose: _Chooser) -> list[Step]:
    asked = Step("buyer_asks", dict.fromkeys(of.units, 0))
    if choose.happens("override", 0.5):
        return [asked, Step("ship_here", of.units, choose.track(0), more="override")]
    return [asked, Step("cancel_here", of.units, more="buyer")]


def _edit(of: Life, choose: _Chooser) -> list[Step]:
    return [Step("edit_admin"), Step("ship_here", of.units, choose.track(0))]


def _elsewhere(of: Life, choose: _Chooser) -> list[Step]:
    first, rest = _split(of, choose)
    steps = [Step("ship_elsewhere", first, choose.track(0))]
    return [*steps, Step("ship_here", rest, choose.track(1))] if rest else steps


def _race(of: Life, choose: _Chooser) -> list[Step]:
    """The parcel is on its way to Walmart while Walmart cancels a unit of it."""
    return [Step("race", of.units, choose.track(0))]


STORIES: Mapping[str, tuple[int, bool]] = {
    "ship here": (20, True),
    "ship in the Admin": (12, True),
    "late track": (8, True),
    "ship, cancel the rest": (12, False),
    "cancel, ship the rest": (10, False),
    "cancel here": (6, True),
    "cancel in the Admin": (6, True),
    "Walmart cancels": (8, False),
    "buyer asks": (8, False),
    "edit in the Admin": (5, False),
    "shipped elsewhere": (6, False),
    "race": (3, False),
}
"""Weight, and whether it also suits orders with one SKU in two lines."""
TELL: Mapping[str, Callable[[Life, _Chooser], list[Step]]] = {
    "ship here": _ship_here,
    "ship in the Admin": _ship_admin,
    "late track": _late_track,
    "ship, cancel the rest": _ship_and_cancel,
    "cancel, ship the rest": _cancel_then_ship,
    "cancel here": _cancel_here,
    "cancel in the Admin": _cancel_admin,
    "Walmart cancels": _cancel_at_walmart,
    "buyer asks": _buyer_asks,
    "edit in the Admin": _edit,
    "shipped elsewhere": _elsewhere,
    "race": _race,
}
LATE = "two_days_pass"
"""It arrives and nobody pays for it, so that Walmart does. How long it waits is the same for all returns: lives that
come to this step wait for all others to end.
"""
RESTOCKS = ("memo_here", "memo_admin")
"""Only what the shop itself pays back comes back to its shelves."""
TRAVELS = "travels"
WITHOUT_RETURN = ("cancel here", "cancel in the Admin", "race", "buyer asks")


def _afterwards(steps: Iterable[Step], choose: _Chooser) -> list[Step]:
    """What comes back, and who pays for it."""
    shipped = Expected()
    for step in steps:
        _account(step, shipped)
    line = max(shipped.shipped, key=lambda name: shipped.shipped[name])
    if not choose.happens("comes back", 0.55):
        return [Step("goodwill", {line: 0})] if choose.happens("goodwill", 0.3) else []
    units = {line: choose.number("units back", 1, shipped.shipped[line])}
    rma = choose.rma()
    how = choose.of("who pays", ["memo_here", "memo_here", "memo_admin", "walmart_pays", "exception", LATE])
    if how == "exception":
        return [Step("open_return", units, rma, more="exception"), Step("memo_here", units, rma)]
    return [Step("open_return", units, rma, more=TRAVELS if how == LATE else ""), Step(how, units, rma)]


def _account(step: Step, state: Expected) -> None:
    if step.act in ("ship_here", "ship_admin", "ship_elsewhere"):
        state.shipped.update(step.units)
        if step.number:
            state.parcels[step.number] = step.units
        state.held = not step.number
    elif step.act == "track_admin":
        state.parcels[step.number], state.held = step.units, False
    elif step.act in ("cancel_here", "cancel_admin", "cancel_at_walmart"):
        state.cancelled.update(step.units)
    elif step.act == "open_return":
        state.returned.update(step.units)
    elif step.act in ("memo_here", "memo_admin", "walmart_pays", LATE):
        state.refunded.update(step.units)
        state.memos += 1
    elif step.act == "goodwill":
        state.goodwill += GOODWILL
        state.memos += 1
