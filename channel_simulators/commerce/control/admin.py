"""The merchant's acts on an order. An order is named by its entity id, its external number or its increment id."""

from collections.abc import Callable
from typing import Any

from channel_simulators.commerce import merchant
from channel_simulators.commerce.sales import comments
from channel_simulators.commerce.sales.documents import add_comment
from channel_simulators.commerce.sales.orders import change_address
from channel_simulators.commerce.sales.shipments import attach_track, remove_track
from channel_simulators.commerce.store.columns import number
from channel_simulators.commerce.store.entities import Document
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire.errors import ApiError

Json = dict[str, Any]
Named = str | int


def _ship(
    tx: Transaction, *, order: Named, items: Json | None = None, tracks: Any = (), source_code: str | None = None
) -> int:
    return merchant.ship(tx, merchant.writable(tx, order), items, tracks, source_code)


def _document(tx: Transaction, kind: str, entity_id: int) -> Document:
    found = tx.document(kind, entity_id)
    if found is None:
        raise ApiError(404, f"There is no {kind} {entity_id}.")
    return found


def _add_track(tx: Transaction, *, shipment_id: int, carrier_code: str, title: str, track_number: str) -> int:
    given = {"carrier_code": carrier_code, "title": title, "track_number": track_number}
    return int(attach_track(tx, _document(tx, "shipment", shipment_id), given)["entity_id"])


def _remove_track(tx: Transaction, *, track_id: int) -> None:
    remove_track(tx, track_id)


def _comment_document(tx: Transaction, *, kind: str, entity_id: int, text: str) -> None:
    add_comment(tx, _document(tx, kind, entity_id), {"comment": text})


def _cancel(tx: Transaction, *, order: Named) -> bool:
    return merchant.cancel(tx, merchant.writable(tx, order))


def _comment(tx: Transaction, *, order: Named, text: str) -> None:
    merchant.comment(tx, merchant.writable(tx, order), text)


def _hold(tx: Transaction, *, order: Named) -> None:
    comments.hold_order(merchant.writable(tx, order))


def _unhold(tx: Transaction, *, order: Named) -> None:
    comments.unhold_order(merchant.writable(tx, order))


def _invoice(tx: Transaction, *, order: Named, items: Json | None = None) -> int:
    return merchant.invoice(tx, merchant.writable(tx, order), items)


def _refund(
    tx: Transaction,
    *,
    order: Named,
    items: Json | None = None,
    shipping: Any = None,
    positive: Any = 0,
    negative: Any = 0,
    restock: bool | list[Named] = True,
    comment: str | None = None,
    notify: bool = False,
) -> int:
    amounts = merchant.Amounts(
        shipping=None if shipping is None else number(shipping), positive=number(positive), negative=number(negative)
    )
    target = merchant.writable(tx, order)
    return merchant.refund(tx, target, items, amounts, restock=restock, comment=comment, notify=notify)


def _edit(
    tx: Transaction, *, order: Named, quantities: Json | None = None, add: Json | None = None, confirm: bool = True
) -> int:
    return merchant.edit(tx, merchant.writable(tx, order), quantities or {}, add, confirm=confirm)


def _reorder(tx: Transaction, *, order: Named, confirm: bool = True) -> int:
    return merchant.reorder(tx, merchant.writable(tx, order), confirm=confirm)


def _change_address(tx: Transaction, *, order: Named, kind: str = "shipping", **parts: Any) -> None:
    change_address(tx, merchant.writable(tx, order), {**parts, "address_type": kind})


ACTIONS: dict[str, Callable[..., Any]] = {
    "ship": _ship,
    "add_track": _add_track,
    "remove_track": _remove_track,
    "comment_document": _comment_document,
    "cancel": _cancel,
    "comment": _comment,
    "hold": _hold,
    "unhold": _unhold,
    "invoice": _invoice,
    "refund": _refund,
    "edit": _edit,
    "reorder": _reorder,
    "change_address": _change_address,
}
