"""What placing, cancelling, shipping and refunding do to stock (commerce-api §6.5).

With Multi-Source Inventory a reservation is written at each step and sources change when goods move. Without it the
one quantity falls at placing and rises again at cancelling and returning (commerce-api §3.5 A).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from channel_simulators.commerce.inventory import stock
from channel_simulators.commerce.sales.quantities import ZERO
from channel_simulators.commerce.store.columns import Row, num
from channel_simulators.commerce.store.entities import Order
from channel_simulators.commerce.store.state import find_product, find_source_item, key
from channel_simulators.commerce.store.transaction import Transaction


def placed(tx: Transaction, order: Order, sku: str, quantity: Decimal) -> None:
    _sell(tx, order, sku, -quantity, "order_placed")


def canceled(tx: Transaction, order: Order, sku: str, quantity: Decimal) -> None:
    _sell(tx, order, sku, quantity, "order_canceled")


def _sell(tx: Transaction, order: Order, sku: str, quantity: Decimal, event: str) -> None:
    if not _is_managed(tx, sku):
        return
    if tx.state.options.msi:
        tx.reserve(sku, quantity, event, order, stock.of_order(tx.state, order).id)
    else:
        tx.move(stock.DEFAULT_SOURCE, sku, quantity)


def _is_managed(tx: Transaction, sku: str) -> bool:
    product = find_product(tx.state, sku)
    return product is None or product.manage_stock


def source_lacks(tx: Transaction, source: str, wanted: dict[str, Decimal]) -> bool:
    """Whether the source cannot give these quantities, by SKU."""
    if not tx.state.options.msi:
        return False
    for sku, quantity in wanted.items():
        item = find_source_item(tx.state, source, sku)
        if _is_managed(tx, sku) and (item is None or item.quantity < quantity):
            return True
    return False


def shipped(tx: Transaction, order: Order, sku: str, quantity: Decimal, source: str) -> None:
    if tx.state.options.msi and _is_managed(tx, sku):
        tx.move(source, sku, -quantity)
        tx.reserve(sku, quantity, "shipment_created", order, stock.of_order(tx.state, order).id)


@dataclass(frozen=True, kw_only=True)
class Returned:
    """A line of a credit memo, before it is booked on the order's item."""

    item: Row
    quantity: Decimal

    @property
    def open_units(self) -> Decimal:
        """Invoiced, not refunded before and never shipped: they count as refunded first."""
        return num(self.item, "qty_invoiced") - num(self.item, "qty_refunded") - num(self.item, "qty_shipped")


def refunded(tx: Transaction, order: Order, lines: Sequence[Returned], restock: frozenset[int]) -> bool:
    """Units that never left are sold no more; those that left return to a source only where asked for. A unit that
    never left and is not to return is taken from its source (observed §4). False where the source lacks it.
    """
    if not tx.state.options.msi:
        for line in lines:
            if line.item["item_id"] in restock:
                tx.move(stock.DEFAULT_SOURCE, line.item["sku"], line.quantity)
        return True
    kept = [line for line in lines if line.item["item_id"] in restock and _is_managed(tx, line.item["sku"])]
    gone = [line for line in lines if line.item["item_id"] not in restock and _is_managed(tx, line.item["sku"])]
    for sku, same in _by_sku(kept).items():
        unshipped, shipped_units = _split(same)
        _unsell(tx, order, sku, unshipped)
        _to_sources(tx, order, sku, shipped_units, restock)
    return all(_deduct(tx, order, sku, _split(same)[0]) for sku, same in _by_sku(gone).items())


def _by_sku(lines: Sequence[Returned]) -> dict[str, list[Returned]]:
    """The shop books per SKU, not per line."""
    grouped: dict[str, list[Returned]] = {}
    for line in lines:
        grouped.setdefault(line.item["sku"], []).append(line)
    return grouped


def _split(lines: Sequence[Returned]) -> tuple[Decimal, Decimal]:
    """Of the refunded units those never shipped, and the others."""
    quantity = sum((line.quantity for line in lines), ZERO)
    open_units = sum((line.open_units for line in lines), ZERO)
    unshipped = min(max(open_units, ZERO), quantity)
    return unshipped, quantity - unshipped


def _unsell(tx: Transaction, order: Order, sku: str, quantity: Decimal) -> None:
    tx.reserve(sku, quantity, "creditmemo_created", order, stock.of_order(tx.state, order).id)


def _to_sources(tx: Transaction, order: Order, sku: str, quantity: Decimal, restock: frozenset[int]) -> None:
    """To the sources it was shipped from, in the order of the shipments, to each at most what it ever shipped:
    earlier returns are not counted, so several small ones all go to the first source.
    """
    for source, left in _shipped_from(tx, order, sku, restock).items():
        back = min(left, quantity)
        tx.move(source, sku, back)
        quantity -= back


def _shipped_from(tx: Transaction, order: Order, sku: str, items: frozenset[int]) -> dict[str, Decimal]:
    sources: dict[str, Decimal] = {}
    for shipment in tx.state.documents_of("shipment", order.id):
        code = str(shipment.row["source_code"])
        for line in shipment.items:
            if key(line["sku"]) == key(sku) and line["order_item_id"] in items:
                sources[code] = sources.get(code, ZERO) + line["qty"]
    return sources


def _deduct(tx: Transaction, order: Order, sku: str, quantity: Decimal) -> bool:
    if not quantity:
        return True
    item_ids = frozenset(item["item_id"] for item in order.items)
    chosen = stock.of_order(tx.state, order)
    source = next(iter(_shipped_from(tx, order, sku, item_ids)), stock.default_source(chosen))
    if source_lacks(tx, source, {sku: quantity}):
        return False
    tx.move(source, sku, -quantity)
    _unsell(tx, order, sku, quantity)
    return True
