"""Stock: Walmart's figures by node, the one we state, and what Walmart stocks itself (walmart-api §4.1, §4.2)."""

from typing import Any

from channel_manager.connectors.walmart.mapping.reading import (
    Json,
    Unreadable,
    count,
    needed,
    next_cursor,
    part,
    parts,
    readable,
    rows,
    text,
    units,
)
from channel_manager.ports.catalog import InventoriesPage, Inventory

UNIT = "EACH"
LARGEST = 2**31 - 1
WFS = "WFSFulfilled"


def inventories_page(data: Any, *, cursor: str | None) -> InventoriesPage:
    """A short page, or an empty one, is not the last (walmart-api §0.1)."""
    meta = part(data, "meta")
    found = rows(part(data, "elements").get("inventories"))
    inventories, unreadable = readable(found, inventory, member="inventories")
    return InventoriesPage(
        inventories=inventories,
        cursor=next_cursor(meta, cursor),
        total=count(meta.get("totalCount")),
        unreadable=unreadable,
    )


def inventory(found: Json) -> Inventory:
    """All nodes together. Raises Unreadable, also for a node with errors: its figures would be missing from the sum."""
    if not isinstance(found.get("nodes"), list):
        raise Unreadable("nodes")
    nodes = [_node(node, f"nodes[{index}]") for index, node in enumerate(found["nodes"])]
    stated, reserved, available = (sum(figures) for figures in zip(*nodes, strict=True)) if nodes else (0, 0, 0)
    if max(stated, reserved, available) > LARGEST:
        raise Unreadable("nodes")
    return Inventory(sku=needed(found, "sku", "sku"), stated=stated, reserved=reserved, available=available)


def stated(data: Any) -> int:
    """Raises Unreadable."""
    return units(part(data).get("quantity"), "quantity.amount", most=LARGEST)


def stock(sku: str, amount: int) -> Json:
    """Raises ValueError for less than nothing, or more than Walmart's figures hold."""
    if not 0 <= amount <= LARGEST:
        raise ValueError(f"{amount} is no number of units.")
    return {"sku": sku, "quantity": {"unit": UNIT, "amount": amount}}


def is_stock(data: Json, sku: str, amount: int) -> bool:
    """Whether an answer names what was sent."""
    try:
        return text(data, "sku") == sku.strip() and stated(data) == amount
    except Unreadable:
        return False


def wfs_page(data: Any, *, offset: int) -> tuple[tuple[str, ...], int | None]:
    """SKUs in Walmart's own warehouses, in either of its two shapes, and the offset of the next page.

    Raises Unreadable for a page of which nothing can be understood: it would pass for SKUs of the seller's.
    """
    found = rows(part(data, "payload").get("inventory"))
    skus, unreadable = readable(found, _wfs_sku, member="inventory")
    if unreadable and not any(skus):
        raise Unreadable("payload.inventory.sku")
    total, reached = count(part(data, "headers").get("totalCount")), offset + len(found)
    following = reached if found and (total is None or reached < total) else None
    return tuple(dict.fromkeys(filter(None, skus))), following


def _node(data: Any, path: str) -> tuple[int, int, int]:
    node = part(data)
    if not node or node.get("errors"):
        raise Unreadable(f"{path}.errors")
    given = units(node.get("inputQty"), f"{path}.inputQty", most=LARGEST)
    reserved = units(node.get("reservedQty"), f"{path}.reservedQty", most=LARGEST)
    left = node.get("availToSellQty")
    if left is None:
        return given, reserved, max(0, given - reserved)
    # Below zero where more was sold than there is.
    return given, reserved, max(0, units(left, f"{path}.availToSellQty", least=-LARGEST, most=LARGEST))


def _wfs_sku(row: Json) -> str:
    """Empty for stock of the seller's own, which the older call may list some day."""
    nodes = parts(row.get("shipNodes"))
    if nodes and not any(text(node, "shipNodeType") in ("", WFS) for node in nodes):
        return ""
    return text(row, "sku") or needed(part(row, "itemInformation"), "sku", "itemInformation.sku")
