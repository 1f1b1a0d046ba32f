"""The rules of an order's life: quantities, status, what is possible. Pure: no Django, no clock, no wire."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from channel_manager.shared.sentences import Sentence, say


class LineQuantities(Protocol):
    """What the rules read of a line; `orders.models.OrderLine` has it."""

    quantity: int
    reported_shipped: int
    reported_cancelled: int
    recorded_shipped: int
    recorded_cancelled: int


class OrderFacts(Protocol):
    """What the rules read of an order; `orders.models.PurchaseOrder` has it."""

    commerce_order_id: int | None
    commerce_state: str

    @property
    def read_only(self) -> bool: ...


class StoreFacts(Protocol):
    """What the rules read of a store; `stores.models.Store` has it."""

    @property
    def may_write(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The quantities of a line, in units. `open` is negative when the platforms contradict each other."""

    ordered: int
    shipped: int
    cancelled: int

    @property
    def open(self) -> int:
        return self.ordered - self.shipped - self.cancelled


class NotPossible(Exception):
    """An action that the order's state forbids. `field` names the input at fault: a line's number, "reason", …"""

    def __init__(self, sentence: Sentence, *, field: str = "") -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
        self.field = field


class NotShippable(NotPossible):
    pass


class NotCancellable(NotPossible):
    pass


def ledger(line: LineQuantities) -> Ledger:
    """A unit counts as shipped or cancelled as soon as either side knows it: what we recorded is on its way to the
    marketplace, or is what it reported.
    """
    return Ledger(
        ordered=line.quantity,
        shipped=max(line.reported_shipped, line.recorded_shipped),
        cancelled=max(line.reported_cancelled, line.recorded_cancelled),
    )


def status(lines: Iterable[Ledger]) -> str:
    """One of `orders.models.Status`, from quantities alone. An order without lines is open."""
    ledgers = list(lines)
    still_open = sum(max(entry.open, 0) for entry in ledgers)
    shipped = sum(entry.shipped for entry in ledgers)
    cancelled = sum(entry.cancelled for entry in ledgers)
    if shipped:
        return "partially_shipped" if still_open else "shipped"
    return "canceled" if cancelled and not still_open else "open"


def contradictions(lines: Mapping[str, Ledger]) -> list[Sentence]:
    """What cannot be true at once, by line number."""
    return [
        say(
            "Line %(line)s: %(shipped)s shipped and %(cancelled)s canceled, but only %(ordered)s ordered. "
            "Compare the order in Seller Center with the parcels that left, then settle the difference there.",
            line=number,
            shipped=entry.shipped,
            cancelled=entry.cancelled,
            ordered=entry.ordered,
        )
        for number, entry in lines.items()
        if entry.open < 0
    ]


def why_not_writable(order: OrderFacts, store: StoreFacts) -> Sentence | None:
    """Why nothing of the order can be changed here; None when it can."""
    if order.read_only:
        return say("Walmart fulfils this order itself; it cannot be changed here.")
    if not store.may_write:
        return say("Nothing is sent before the store is confirmed.")
    return None


def why_not_in_commerce(order: OrderFacts) -> Sentence | None:
    """Why Commerce would not ship the order now."""
    if order.commerce_order_id is None:
        return say("The order does not exist in Commerce yet. It can be shipped when it does.")
    if order.commerce_state == "holded":
        return say("The order is on hold in Commerce. Remove the hold there, then ship.")
    return None


def why_not_cancellable(order: OrderFacts, store: StoreFacts, *, any_open: bool) -> Sentence | None:
    nothing_left = None if any_open else say("Every unit is shipped or canceled.")
    return why_not_writable(order, store) or nothing_left


def why_not_shippable(order: OrderFacts, store: StoreFacts, *, any_open: bool) -> Sentence | None:
    return why_not_cancellable(order, store, any_open=any_open) or why_not_in_commerce(order)


def check_quantities(wanted: Mapping[str, int], lines: Mapping[str, Ledger], error: type[NotPossible]) -> None:
    """`wanted` by line number. Raises `error`, naming the line, unless each is between 0 and what is open."""
    if not any(wanted.values()):
        raise error(say("Choose at least one unit."), field="quantities")
    for number, quantity in wanted.items():
        if number not in lines:
            raise error(say("Line %(line)s is not part of this order.", line=number), field=number)
        if quantity < 0:
            raise error(say("A quantity cannot be negative."), field=number)
        available = max(lines[number].open, 0)
        if quantity > available:
            raise error(say("Only %(open)s of line %(line)s are open.", open=available, line=number), field=number)


def spread(quantity: int, room: Sequence[int]) -> list[int]:
    """Units of one Commerce item over the lines that share it, in line order: each takes what it has room for.

    The last line takes what no line has room for, so that nothing that was reported is dropped.
    """
    taken: list[int] = []
    left = quantity
    for space in room:
        part = min(left, max(space, 0))
        taken.append(part)
        left -= part
    if left and taken:
        taken[-1] += left
    return taken
