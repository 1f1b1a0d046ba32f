"""Equal errors of a store as one thing to decide: operations in trouble, and parcels whose carrier nobody knows."""

import difflib
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from channel_manager.orders.models import OrderLine, PurchaseOrder, ShipmentTrack
from channel_manager.orders.rules.addresses import NAMED_BY_COMMERCE
from channel_manager.orders.rules.remedies import Remedy, remedy_for
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync import sql
from channel_manager.sync.queries import error_groups

HELD = """
    SELECT store_id, carrier_code, title, count(*) AS shipments, count(DISTINCT order_id) AS orders, max(id) AS latest
    FROM (
        SELECT held.id, held.order_id, orders.store_id, track.carrier_code, track.title
        FROM orders_shipment held
        JOIN orders_purchaseorder orders ON orders.id = held.order_id
        CROSS JOIN LATERAL (
            SELECT carrier_code, title FROM orders_shipmenttrack WHERE shipment_id = held.id
            ORDER BY position, id LIMIT 1) AS track
        WHERE held.hold = 'carrier' AND held.reported_at IS NULL AND orders.store_id = ANY(%(stores)s)
        ORDER BY held.id DESC LIMIT %(rows)s) AS waiting
    GROUP BY 1, 2, 3 ORDER BY count(*) DESC, max(id) DESC
"""
CARRIER = "carrier-"
"""How the names of groups of held parcels begin."""
MOST = 10
MOST_COUNTED = 2000
LIKE = 3
MOST_ALIKE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """`orders` have the same error; `about` says where they are no orders: sku, feed. `operation` or `shipment` is the
    latest one's; `key` names it in its store.
    """

    key: str
    orders: int
    remedy: Remedy
    sentence: Mapping[str, Any]
    kind: str = ""
    operation: int = 0
    shipment: int = 0
    about: str = "order"


def troubles(store_ids: Collection[int], *, most: int = MOST) -> dict[int, list[Trouble]]:
    """By store, those of the most orders first. Two queries."""
    found = _held(store_ids)
    for store_id, groups in error_groups(store_ids, most=most).items():
        found[store_id] += [
            Trouble(
                key=group.key,
                orders=group.subjects,
                remedy=remedy_for(group.kind, group.error),
                sentence=group.error["sentence"],
                kind=group.kind,
                operation=group.latest,
                about=group.subject.partition(":")[0],
            )
            for group in groups
        ]
    return {store_id: sorted(found[store_id], key=lambda one: -one.orders)[:most] for store_id in found}


def _held(store_ids: Collection[int]) -> dict[int, list[Trouble]]:
    found: dict[int, list[Trouble]] = {store_id: [] for store_id in store_ids}
    for row in sql.rows(HELD, {"stores": list(store_ids), "rows": MOST_COUNTED}):
        found[row["store_id"]].append(
            Trouble(
                key=_key(row["carrier_code"], row["title"]),
                orders=row["orders"],
                remedy=Remedy.CARRIER,
                sentence=unmapped(row["title"] or row["carrier_code"]).as_json(),
                kind="report_shipment",
                shipment=row["latest"],
            )
        )
    return found


def _key(carrier_code: str, title: str) -> str:
    return CARRIER + hashlib.sha256(f"{carrier_code}|{title}".encode()).hexdigest()[:16]


def unmapped(carrier: str) -> Sentence:
    return say(
        "Walmart does not know the carrier “%(carrier)s”, and it is neither mapped nor has it a tracking URL.",
        carrier=carrier,
    )


def wrong_parts(error: Mapping[str, Any]) -> Sequence[str]:
    """The parts of an address that the shop refuses."""
    part = NAMED_BY_COMMERCE.get(error.get("field", ""))
    return [part] if part else []


# ---- what forms are preset with ----------------------------------------------------------------------------------


def near_skus(store_id: int, sku: str) -> list[str]:
    """SKUs of Commerce that look like this one, of products that the channel sold before; the nearest first."""
    beginnings = {sku[:LIKE], sku[:LIKE].upper(), sku[:LIKE].lower()} - {""}
    alike = Q()
    for beginning in beginnings:
        alike |= Q(sku__startswith=beginning)
    sold = OrderLine.objects.filter(alike, order__store=store_id, item__isnull=False).order_by()
    known = sold.values_list("item__sku", flat=True).distinct()[:MOST_ALIKE] if beginnings else ()
    return difflib.get_close_matches(sku, [one for one in known if one != sku], n=5, cutoff=0.5)


def rule_for(store_id: int, shipment_id: int | None) -> dict[str, str]:
    """The columns of a carrier rule that would match a shipment's first track: its title, where it has one, tells the
    carrier; the code `custom` alone tells nothing, and the number's beginning has to.
    """
    tracks = ShipmentTrack.objects.filter(shipment=shipment_id, shipment__order__store=store_id)
    track = tracks.first() if shipment_id else None
    if track is None:
        return {}
    tells = track.title or track.carrier_code not in ("", "custom")
    return {
        "carrier_code": track.carrier_code,
        "title": track.title[:100],
        "number_pattern": "" if tells else "".join("#" if sign.isdigit() else sign for sign in track.number)[:64],
    }


def private_words(order: PurchaseOrder) -> list[str]:
    """What of an order says who and where its buyer is."""
    values = [order.buyer_name, order.email, *order.buyer_name.split()]
    for part in ("name", "street", "city", "postcode", "phone"):
        given = order.address.get(part) or ""
        values += [given] if isinstance(given, str) else given
    corrections = [entry["value"] for entry in order.corrections.values()]
    return [word for value in [*values, *corrections] for word in {value, *value.splitlines()} if word]
