"""What came of comparing one order, with the figures of each side."""

from dataclasses import dataclass, field
from decimal import Decimal

from channel_manager.orders.rules.levels import line_levels
from channel_manager.ports.documents import CommerceOrder
from channel_manager.ports.messages import IncomingOrder
from channel_manager.reconciliation.models import Outcome
from channel_manager.reconciliation.reading import Shown
from channel_manager.reconciliation.rules.facts import Difference, Record
from channel_manager.reconciliation.rules.judging import Proposal
from channel_manager.shared.money import total

Units = dict[str, int]


@dataclass(slots=True)
class Verdict:
    """What came of one order. `healed` are gone, `proposed` a person decides about, the rest is under way."""

    shown: Shown
    record: Record | None
    differences: tuple[Difference, ...] = ()
    healed: tuple[Difference, ...] = ()
    proposed: list[tuple[Difference, Proposal]] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        if self.proposed:
            return Outcome.NEEDS_YOU
        if self.healed:
            return Outcome.HEALED
        return Outcome.UNDER_WAY if self.differences else Outcome.AGREES

    @property
    def linked_order(self) -> CommerceOrder | None:
        return self.shown.commerce.by_id(self.record.commerce_order_id) if self.record else None

    def totals(self) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        """As Walmart charges, as we have it, as Commerce shows it."""
        order, linked = self.shown.order, self.linked_order
        return (
            total(line.charges.total for line in order.lines) if order else None,
            self.record.total if self.record else None,
            linked.money.get("grand_total") if linked else None,
        )

    def units(self) -> dict[str, Units]:
        """By side and state."""
        found: dict[str, Units] = {}
        if self.shown.order:
            found["walmart"] = _at_walmart(self.shown.order)
        if self.record:
            found["here"] = _here(self.record)
        if self.linked_order:
            found["commerce"] = _in_commerce(self.linked_order)
        return found


def _at_walmart(order: IncomingOrder) -> Units:
    levels = [line_levels(line) for line in order.lines]
    return {
        "ordered": sum(line.quantity for line in order.lines),
        "shipped": sum(level["shipped"] for level in levels),
        "cancelled": sum(level["cancelled"] for level in levels),
        "refunded": sum(level["refunded"] for level in levels),
    }


def _here(record: Record) -> Units:
    return {
        "ordered": sum(line.quantity for line in record.lines),
        "shipped": sum(line.shipped for line in record.lines),
        "cancelled": sum(line.cancelled for line in record.lines),
        "refunded": sum(line.refunded for line in record.lines),
    }


def _in_commerce(order: CommerceOrder) -> Units:
    return {
        "ordered": sum(item.ordered for item in order.items),
        "shipped": sum(item.shipped for item in order.items),
        "cancelled": sum(item.cancelled for item in order.items),
        "refunded": sum(item.refunded for item in order.items),
    }
