"""Listings, and what sending would change, as tables for a spreadsheet: row by row, never held in memory."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from channel_manager.catalog.queries import Change, Facts, Wanted, all_changes, all_facts
from channel_manager.shared import spreadsheets
from channel_manager.shared.sentences import Sentence
from channel_manager.sync import levels

LISTINGS = (
    "SKU",
    "SKU in Commerce",
    "Product",
    "Status",
    "At Walmart",
    "Salable in Commerce",
    "Held back for open orders",
    "Stock wanted",
    "Stock sent",
    "Stock sent at (UTC)",
    "Stated at Walmart",
    "Reserved at Walmart",
    "Available at Walmart",
    "Walmart's figures read at (UTC)",
    "Price in Commerce",
    "Price wanted",
    "Price sent",
    "Price sent at (UTC)",
    "Price at Walmart",
    "Left alone",
    "Errors",
    "Waits for a decision",
)
CHANGES = (
    "SKU",
    "Product",
    "Walmart shows",
    "Would be sent",
    "Difference",
    "Salable in Commerce",
    "Held back for open orders",
    "Reserved at Walmart",
    "Waits for a decision",
)


def listings(store_id: int, wanted: Wanted) -> Iterator[str]:
    """CSV: every listing that the filters leave."""
    parts = all_facts(store_id, wanted)
    return spreadsheets.table(LISTINGS, (_listing(facts) for part in parts for facts in part))


def changes(store_id: int, kind: str, change: str = "") -> Iterator[str]:
    """CSV: what sending would change. `change` is a name of `queries.CHANGES`."""
    return spreadsheets.table(CHANGES, (_change(one, kind) for one in all_changes(store_id, kind, change)))


def _listing(facts: Facts) -> tuple[object, ...]:
    of, stock, price = facts.listing, facts.stock, facts.price
    return (
        of["sku"],
        of["commerce_sku"],
        of["name"] or of["title"],
        of["status"],
        of["published"],
        of["salable"],
        of["open_units"] if of["measured_at"] else None,
        _figure(stock.get("wanted"), levels.STOCK),
        _figure(stock.get("sent"), levels.STOCK),
        stock.get("sent_at"),
        of["stated"],
        of["reserved"],
        of["available"],
        of["inventory_seen_at"],
        of["base_price"],
        price.get("wanted"),
        price.get("sent"),
        price.get("sent_at"),
        of["item_price"],
        "yes" if of["paused"] else "",
        " ".join([_said(level["error"]) for level in (stock, price) if level.get("error")] + of["reasons"]),
        " ".join(str(Sentence.from_json(level["held"])) for level in (stock, price) if level.get("held")),
    )


def _change(one: Change, kind: str) -> tuple[object, ...]:
    difference = None if one.shown is None or one.wanted is None else one.wanted - one.shown
    return (
        one.sku,
        one.name,
        _figure(one.shown, kind),
        _figure(one.wanted, kind),
        _figure(difference, kind),
        one.salable,
        one.open_units,
        one.reserved,
        str(Sentence.from_json(one.held)) if one.held else "",
    )


def _figure(value: Decimal | None, kind: str) -> Decimal | int | None:
    """Units are whole."""
    return int(value) if value is not None and kind == levels.STOCK else value


def _said(error: dict[str, Any]) -> str:
    sentence = Sentence.from_json(error["sentence"])
    return f"{sentence} {error['said']}" if error.get("said") else str(sentence)
