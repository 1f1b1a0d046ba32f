"""What a row of each feed type does: checked first, then applied as a whole."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from channel_simulators.walmart.catalog import items, lagtime, price, stock
from channel_simulators.walmart.catalog.inventory import LONGEST_SKU, UNIT, asked_amount
from channel_simulators.walmart.catalog.state import Catalog, Item, SellerCatalog, appear
from channel_simulators.walmart.feeds.faults import LOCKED, RowFailed
from channel_simulators.walmart.state import DEFAULT_SHIP_NODE

JSON = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Desk:
    """Where the rows of one feed are worked on, at its moment."""

    catalog: Catalog
    partner_id: str
    now: int
    ship_node: str | None = None
    _by_gtin: dict[str, list[Item]] = field(default_factory=dict)

    @property
    def seller(self) -> SellerCatalog:
        return self.catalog.of(self.partner_id)

    def offers(self, gtin: str) -> list[Item]:
        """The seller's items of a product; what is added to the list is found by the rows that follow."""
        if not self._by_gtin:
            index: defaultdict[str, list[Item]] = defaultdict(list)
            for item in self.seller.items.values():
                index[item.gtin].append(item)
            self._by_gtin = index
        return self._by_gtin.setdefault(gtin, [])


def inventory(desk: Desk, row: JSON) -> Item | None:
    """One figure, for the node of the feed."""
    sku = sku_of(row)
    _check_lock(desk, sku)
    _admit(desk, sku)
    write(desk, sku, {desk.ship_node or DEFAULT_SHIP_NODE: _amount(row)})
    return desk.seller.items.get(sku)


def node_inventory(desk: Desk, row: JSON) -> Item | None:
    sku, given = sku_of(row), row.get("shipNodes")
    _check_lock(desk, sku)
    if not isinstance(given, list) or not given or not all(isinstance(node, dict) for node in given):
        raise RowFailed("shipNodes", "shipNodes is missing or invalid")
    amounts = {str(node.get("shipNode")): _amount(node) for node in given}
    unknown = amounts.keys() - stock.nodes(desk.seller)
    if unknown:
        raise RowFailed("shipNode", f"shipNode {', '.join(sorted(unknown))} is unknown")
    _admit(desk, sku)
    write(desk, sku, amounts)
    return desk.seller.items.get(sku)


def base_price(desk: Desk, row: JSON) -> Item:
    item = known_item(desk, row)
    try:
        price.reprice(item, row.get("pricing"), desk.catalog.options, desk.now)
    except price.Unpriceable as fault:
        raise RowFailed(fault.field, str(fault)) from None
    return item


def promo_price(desk: Desk, row: JSON) -> Item:
    item, amount = known_item(desk, row), price.money(row.get("price"))
    if amount is None:
        raise RowFailed("price", "price should be a positive number with at most two decimals")
    price.set_price(item, amount, desk.catalog.options, desk.now)
    return item


def lag_time(desk: Desk, row: JSON) -> Item:
    item, wanted = known_item(desk, row), lagtime.days(row.get("fulfillmentLagTime"))
    if wanted is None:
        raise RowFailed("fulfillmentLagTime", "fulfillmentLagTime is not valid")
    if not lagtime.allowed(desk.seller, item, wanted):
        raise RowFailed("fulfillmentLagTime", f"A lag time of {wanted} days needs an approval for {item.product_type}")
    item.lag_time = wanted
    return item


def retire(desk: Desk, row: JSON) -> Item:
    item = known_item(desk, row)
    items.retire(item, desk.now, desk.catalog.options.retire_after)
    return item


def sku_of(row: JSON) -> str:
    sku = row.get("sku")
    if not isinstance(sku, str) or not 1 <= len(sku) <= LONGEST_SKU:
        raise RowFailed("sku", f"sku should have 1 to {LONGEST_SKU} characters")
    return sku


def check_unlocked(desk: Desk, item: Item) -> None:
    if item.locked_until > desk.now:
        raise RowFailed("sku", f"The SKU {item.sku} is locked or being processed. Try again later.", LOCKED)


def known_item(desk: Desk, row: JSON) -> Item:
    sku = sku_of(row)
    item = desk.seller.items.get(sku)
    if item is None:
        raise _unknown(sku)
    check_unlocked(desk, item)
    return item


def _check_lock(desk: Desk, sku: str) -> None:
    item = desk.seller.items.get(sku)
    if item is not None:
        check_unlocked(desk, item)


def _admit(desk: Desk, sku: str) -> None:
    if desk.catalog.options.unknown_skus == "appear":
        appear(desk.seller, desk.partner_id, sku, desk.now)
    elif not stock.known(desk.seller, sku):
        raise _unknown(sku)


def write(desk: Desk, sku: str, amounts: dict[str, int]) -> None:
    for node, amount in amounts.items():
        stock.write(desk.seller, desk.catalog.options, desk.now, sku=sku, node=node, amount=amount)


def _amount(row: JSON) -> int:
    amount = asked_amount(row.get("quantity"))
    if amount is None:
        raise RowFailed("quantity", f"quantity should be a whole number of {UNIT}, 0 or more")
    return amount


def _unknown(sku: str) -> RowFailed:
    return RowFailed("sku", f"The SKU {sku} does not exist in the seller's catalog")
