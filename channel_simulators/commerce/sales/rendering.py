"""Sales entities as the REST interface shows them: null columns left out, ids and amounts as numbers (observed §6)."""

import json
from collections.abc import Iterable
from typing import Any

from channel_simulators.commerce.store import columns
from channel_simulators.commerce.store.columns import Row, num
from channel_simulators.commerce.store.entities import Document, Order
from channel_simulators.commerce.store.state import plain

Json = dict[str, Any]

_SHIPPING_TOTAL = [
    p + name
    for p in ("", "base_")
    for name in (
        "shipping_amount", "shipping_canceled", "shipping_discount_amount", "shipping_incl_tax", "shipping_invoiced",
        "shipping_refunded", "shipping_tax_amount", "shipping_tax_refunded",
    )
]  # fmt: skip


def shown(row: Row, known: Iterable[str] | None = None) -> Json:
    names = row if known is None else known
    return {name: plain(row[name]) for name in names if row.get(name) is not None}


def order(source: Order) -> Json:
    row = dict(source.row)
    if row.get("grand_total") is not None:
        for p in ("", "base_"):
            due = num(row, p + "grand_total") - num(row, p + "total_paid")
            row[p + "total_due"] = max(due, due * 0)
    items = [item(entry) for entry in source.items]
    body = shown(row, columns.ORDER) | {"items": items}
    if source.billing_address is not None:
        body["billing_address"] = address(source.billing_address)
    body["payment"] = payment(source.payment)
    body["status_histories"] = [history(entry) for entry in reversed(source.history)]
    body["extension_attributes"] = _extension(source, items)
    return body


def item(row: Row) -> Json:
    """`row_total` is shown net of the discount (observed §9)."""
    body = shown(row, columns.ITEM)
    for p in ("", "base_"):
        if row.get(p + "row_total") is not None:
            body[p + "row_total"] = plain(num(row, p + "row_total") - num(row, p + "discount_amount"))
    return body


def address(row: Row) -> Json:
    return shown(row, columns.ADDRESS) | {"street": row.get("street") or []}


def payment(row: Row) -> Json:
    """`account_status`, `additional_information` and `cc_last4` are always there (commerce-api §0.1)."""
    stored = row.get("additional_information")
    values = list(stored.values()) if isinstance(stored, dict) else stored
    texts = None if values is None else [_as_text(value) for value in values]
    always = {"account_status": None, "additional_information": texts, "cc_last4": None}
    return always | shown(row, columns.PAYMENT)


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def history(row: Row) -> Json:
    return {"comment": None, "is_customer_notified": None} | shown(row, columns.HISTORY)


def _extension(source: Order, items: list[Json]) -> Json:
    stored = source.payment.get("additional_information")
    pairs = stored.items() if isinstance(stored, dict) else enumerate(stored or [])
    extension: Json = {
        "shipping_assignments": [],
        "payment_additional_info": [{"key": str(k), "value": _as_text(v)} for k, v in pairs],
        "applied_taxes": [],
        "item_applied_taxes": [],
    }
    if source.shipping_address is not None:
        shipping: Json = {"address": address(source.shipping_address), "total": shown(source.row, _SHIPPING_TOTAL)}
        if source.row.get("shipping_method"):
            shipping["method"] = source.row["shipping_method"]
        extension["shipping_assignments"] = [{"shipping": shipping, "items": items}]
    return extension


def document(source: Document) -> Json:
    """An invoice or a credit memo."""
    comments = [comment(entry) for entry in source.comments]
    return shown(source.row) | {"items": [shown(entry) for entry in source.items], "comments": comments}


def shipment(source: Document) -> Json:
    row = {name: value for name, value in source.row.items() if name != "source_code"}
    return shown(row) | {
        "packages": [],
        "items": [shown(entry) for entry in source.items],
        "tracks": [track(entry) for entry in source.tracks],
        "comments": [comment(entry) for entry in source.comments],
        "extension_attributes": {"source_code": source.row["source_code"]} if source.row.get("source_code") else {},
    }


def comment(row: Row) -> Json:
    """Of a document."""
    return shown(row)


def track(row: Row) -> Json:
    return {"weight": None, "qty": None, "description": None} | shown(row, columns.TRACK)
