"""keep(K per item): cancelling a part of a Commerce order, one step at a time (magento-observed §8). Pure.

Commerce cancels only whole orders; what is kept is invoiced first, so that a cancel takes exactly the rest. Each call
looks at the order as it is now and names the next step, so the routine can be interrupted anywhere and started again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from channel_manager.ports.documents import CommerceItem, CommerceOrder
from channel_manager.shared.sentences import Sentence, say

FINISHED = ("complete", "closed", "canceled")


@dataclass(frozen=True, slots=True)
class Done:
    """Commerce shows what is wanted."""


@dataclass(frozen=True, slots=True)
class Unhold:
    pass


@dataclass(frozen=True, slots=True)
class Invoice:
    quantities: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class CancelRest:
    pass


@dataclass(frozen=True, slots=True)
class CreditMemo:
    """Takes invoiced units off that never left; they return to stock. `all_shipping` when nothing is kept."""

    quantities: Mapping[int, int]
    all_shipping: bool


@dataclass(frozen=True, slots=True)
class ClosePhantom:
    """Units refunded unshipped stay shippable; once all kept units are shipped they are set to cancelled."""

    cancelled: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Impossible:
    sentence: Sentence


Step = Done | Unhold | Invoice | CancelRest | CreditMemo | ClosePhantom | Impossible


@dataclass(frozen=True, slots=True)
class _Item:
    """One item against the units wanted cancelled. `memoed` units were refunded before they were ever shipped."""

    item: CommerceItem
    wanted: int
    memoed: int

    @property
    def kept(self) -> int:
        return self.item.ordered - self.wanted

    @property
    def missing(self) -> int:
        return max(self.wanted - max(self.item.cancelled, 0) - self.memoed, 0)

    @property
    def uninvoiced(self) -> int:
        return max(self.item.ordered - max(self.item.invoiced, self.item.shipped) - self.item.cancelled, 0)

    @property
    def to_invoice(self) -> int:
        return max(self.kept - self.item.invoiced, 0)


def next_step(order: CommerceOrder, wanted: Mapping[int, int], memoed: Mapping[int, int]) -> Step:
    """`wanted`: units that must end up cancelled, `memoed`: units taken off by a memo of ours, both by item id."""
    items = [_Item(item, wanted.get(item.item_id, 0), memoed.get(item.item_id, 0)) for item in order.items]
    if not any(entry.missing for entry in items):
        return _close_phantoms(items)
    if gone := [entry for entry in items if entry.missing and entry.item.shipped > entry.kept]:
        return Impossible(_already_shipped(gone[0]))
    if order.held:
        return Unhold()
    if any(entry.missing and entry.uninvoiced for entry in items) and order.state not in FINISHED:
        return _cancel_after_invoicing(items)
    return _memo(items)


def _cancel_after_invoicing(items: list[_Item]) -> Step:
    """A cancel takes every uninvoiced unit of every item, so all that is kept is invoiced before it."""
    quantities = {entry.item.item_id: entry.to_invoice for entry in items if entry.to_invoice}
    return Invoice(quantities) if quantities else CancelRest()


def _memo(items: list[_Item]) -> Step:
    """Units invoiced beyond what is kept come off by a memo that returns them to stock."""
    quantities = {
        entry.item.item_id: entry.missing
        for entry in items
        if entry.missing and entry.item.invoiced - entry.item.refunded >= entry.missing
    }
    if len(quantities) < sum(1 for entry in items if entry.missing):
        return Impossible(
            say("Commerce can neither cancel nor refund the canceled units any more. Correct the order in Commerce.")
        )
    return CreditMemo(quantities, all_shipping=not any(entry.kept for entry in items))


def _close_phantoms(items: list[_Item]) -> Step:
    open_phantoms = [entry for entry in items if entry.memoed and entry.item.cancelled < entry.wanted]
    if not open_phantoms or any(entry.item.shipped < entry.kept for entry in items):
        return Done()
    if not any(entry.kept for entry in items):
        return Done()
    return ClosePhantom({entry.item.item_id: entry.wanted for entry in open_phantoms})


def _already_shipped(entry: _Item) -> Sentence:
    return say(
        "%(sku)s is canceled at Walmart, but %(shipped)s were shipped in Commerce and only %(kept)s are kept. "
        "Stop the parcel, or settle it with Walmart; then settle this here.",
        sku=entry.item.sku,
        shipped=entry.item.shipped,
        kept=entry.kept,
    )
