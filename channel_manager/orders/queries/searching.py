"""Orders by whatever a person pastes: exact hits first, then those that begin with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from channel_manager.sync import sql

MOST_FOUND = 200
"""So many of each kind of hit are looked at; of a SKU the latest received."""
SHORTEST_BEGINNING = 3

EXACT = """
    (SELECT id, 0 AS rank FROM orders_purchaseorder WHERE store_id = %(store)s AND number = ANY(%(typed)s))
    UNION ALL
    (SELECT id, 0 FROM orders_purchaseorder
        WHERE store_id = %(store)s AND lower(commerce_number) COLLATE "C" = ANY(%(typed)s) LIMIT %(most)s)
    UNION ALL
    (SELECT id, 0 FROM orders_purchaseorder
        WHERE store_id = %(store)s AND customer_order_number = ANY(%(typed)s) LIMIT %(most)s)
    UNION ALL
    (SELECT id, 0 FROM orders_purchaseorder
        WHERE store_id = %(store)s AND buyer_name <> '' AND lower(buyer_name) COLLATE "C" = ANY(%(typed)s)
        LIMIT %(most)s)
    UNION ALL
    (SELECT orders.id, 0 FROM orders_shipmenttrack track
        JOIN orders_shipment shipment ON shipment.id = track.shipment_id
        JOIN orders_purchaseorder orders ON orders.id = shipment.order_id AND orders.store_id = %(store)s
        WHERE lower(track.number) COLLATE "C" = ANY(%(typed)s) LIMIT %(most)s)
"""
OF_SKU = """
    (SELECT line.order_id, 0 FROM orders_orderline line
        JOIN orders_purchaseorder orders ON orders.id = line.order_id AND orders.store_id = %(store)s
        WHERE lower(line.sku) COLLATE "C" = %({name})s ORDER BY line.order_id DESC LIMIT %(most)s)
"""
NUMBER_BEGINS = """
    (SELECT id, 1 FROM orders_purchaseorder
        WHERE store_id = %(store)s AND number >= %(packed)s AND number < %(packed_end)s LIMIT %(most)s)
    UNION ALL
    (SELECT id, 1 FROM orders_purchaseorder
        WHERE customer_order_number >= %(packed)s AND customer_order_number < %(packed_end)s
        AND store_id = %(store)s LIMIT %(most)s)
"""
BEGINS = """
    (SELECT id, 1 FROM orders_purchaseorder
        WHERE store_id = %(store)s AND lower(commerce_number) COLLATE "C" ^@ %(packed)s LIMIT %(most)s)
    UNION ALL
    (SELECT id, 1 FROM orders_purchaseorder
        WHERE store_id = %(store)s AND buyer_name <> '' AND lower(buyer_name) COLLATE "C" ^@ %(spaced)s LIMIT %(most)s)
    UNION ALL
    (SELECT orders.id, 1 FROM orders_shipmenttrack track
        JOIN orders_shipment shipment ON shipment.id = track.shipment_id
        JOIN orders_purchaseorder orders ON orders.id = shipment.order_id AND orders.store_id = %(store)s
        WHERE lower(track.number) COLLATE "C" ^@ %(packed)s LIMIT %(most)s)
    UNION ALL
    (SELECT line.order_id, 1 FROM orders_orderline line
        JOIN orders_purchaseorder orders ON orders.id = line.order_id AND orders.store_id = %(store)s
        WHERE lower(line.sku) COLLATE "C" ^@ %(spaced)s LIMIT %(most)s)
"""
BEST = "SELECT id, min(rank) AS rank FROM ({hits}) AS hit GROUP BY id ORDER BY min(rank), id DESC LIMIT %(most)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Orders with their rank, 0 for an exact hit; `cut` when there may be more of them."""

    ranks: dict[int, int]
    cut: bool


def search(store_id: int, text: str, also: Iterable[int] = ()) -> Found:
    """By order number, Commerce's, the customer order's, SKU, tracking number or buyer. Letter case, blanks and a
    leading # do not matter. `also`: orders that are exact hits for a reason of their own. One statement.
    """
    spaced, packed = spellings(text)
    if not packed:
        return Found(ranks=dict.fromkeys(also, 0), cut=False)
    typed = list(dict.fromkeys([packed, spaced, " ".join(text.lower().split())]))
    values: dict[str, Any] = {"store": store_id, "most": MOST_FOUND, "typed": typed}
    values |= {"spaced": spaced, "packed": packed, "packed_end": end_of(packed)}
    branches = [EXACT]
    for position, spelling in enumerate(typed):
        values[f"sku{position}"] = spelling
        branches.append(OF_SKU.format(name=f"sku{position}"))
    if len(packed) >= SHORTEST_BEGINNING:
        branches += [NUMBER_BEGINS] if packed.isascii() and packed.isdecimal() else []
        branches.append(BEGINS)
    rows = sql.rows(BEST.format(hits=" UNION ALL ".join(branches)), values)
    ranks = dict.fromkeys(also, 0) | {row["id"]: row["rank"] for row in rows}
    return Found(ranks=ranks | dict.fromkeys(also, 0), cut=len(rows) == MOST_FOUND)


def spellings(text: str) -> tuple[str, str]:
    """In small letters without a leading #: with single blanks, and with none."""
    words = text.strip().removeprefix("#").lower().split()
    return " ".join(words), "".join(words)


def end_of(digits: str) -> str:
    """What sorts behind every number that begins with these digits, whatever the database's collation."""
    short = digits.rstrip("9")
    return short[:-1] + chr(ord(short[-1]) + 1) if short and short.isdecimal() else "a"
