"""Shipments that Commerce reports: made by the merchant there, or ours coming back (commerce-api §5.5)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import closing, shipping, state
from channel_manager.orders.models import CommerceItem, Hold, OrderLine, PurchaseOrder, Shipment
from channel_manager.orders.operations.cancellations import request_closing
from channel_manager.ports.documents import CommerceShipment
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store

KEEP_LOOKING = timedelta(days=30)


def receive(store: Store, found: Sequence[CommerceShipment]) -> None:
    """Take in one page, in the caller's transaction. Shipments of orders that are not the channel's are passed over."""
    ours = PurchaseOrder.objects.filter(store=store, commerce_order_id__in={one.order_id for one in found})
    orders = dict(ours.values_list("commerce_order_id", "pk"))
    known = _known_tracks(orders.values())
    changed = [
        shown
        for shown in found
        if shown.order_id in orders and known.get(shown.shipment_id) != {track.track_id for track in shown.tracks}
    ]
    state.lock_all(orders[shown.order_id] for shown in changed)
    for shown in changed:
        _receive_one(state.locked(orders[shown.order_id]), shown)


def _known_tracks(order_ids: Iterable[int]) -> dict[int | None, set[int | None]]:
    """Ids of the tracks by Commerce shipment: the window that is read again is mostly as it was."""
    shipments = Shipment.objects.filter(order__in=order_ids, commerce_shipment_id__isnull=False)
    return {
        shipment.commerce_shipment_id: {track.track_id for track in shipment.tracks.all()}
        for shipment in shipments.prefetch_related("tracks")
    }


def _receive_one(order: PurchaseOrder, shown: CommerceShipment) -> None:
    known = order.shipments.filter(Q(commerce_shipment_id=shown.shipment_id)).first() or _ours(order, shown)
    if known is None:
        known = _record_new(order, shown)
    else:
        known.order = order
        _take_over(known, shown)
        closing.shipment_in_commerce(order, known)
        closing.tracks_in_commerce(order, known, {t.number: t.track_id for t in shown.tracks if t.track_id})
    request_closing(order, known)
    state.refresh(order)


def _ours(order: PurchaseOrder, shown: CommerceShipment) -> Shipment | None:
    """A shipment of ours whose answer has not been applied yet, a parcel that the marketplace has told of, or one that
    Commerce refused and the merchant has made there by hand.
    """
    waiting = list(order.shipments.filter(commerce_shipment_id__isnull=True))
    for shipment in waiting:
        if any(str(shipment.marker) in comment for comment in shown.comments):
            return shipment
        if shipment.origin == Actor.MARKETPLACE and shipping.same_parcel(shipment, shown):
            return shipment
    refused = closing.refused_in_commerce(order) if waiting else set()
    return next((one for one in waiting if one.pk in refused and shipping.same_units(one, shown)), None)


def _record_new(order: PurchaseOrder, shown: CommerceShipment) -> Shipment:
    shipment = shipping.record_shipment(
        order,
        _quantities(order, shown),
        shown.tracks,
        origin=Actor.COMMERCE,
        shipped_at=shown.created_at,
        commerce_shipment_id=shown.shipment_id,
        commerce_number=shown.number,
    )
    units = sum(shown.quantities.values())
    sentence = say("Shipment %(number)s made in Commerce; units: %(units)s.", number=shown.number, units=units)
    record(order.subject, "shipped", sentence, store_id=order.store_id, actor=Actor.COMMERCE, at=shown.created_at)
    shipping.dispatch(shipment)
    return shipment


def _quantities(order: PurchaseOrder, shown: CommerceShipment) -> dict[OrderLine, int]:
    quantities: dict[OrderLine, int] = {}
    for item in CommerceItem.objects.filter(order=order, item_id__in=shown.quantities).prefetch_related("lines"):
        quantities |= shipping.spread_over_lines(list(item.lines.all()), shown.quantities[item.item_id])
    return quantities


def _take_over(shipment: Shipment, shown: CommerceShipment) -> None:
    if shipment.commerce_shipment_id is None:
        tracks = [{"track_id": track.track_id, "number": track.number} for track in shown.tracks]
        shipping.attach(shipment, shown.shipment_id, shown.number, tracks)
        if shown.tracks and not any(str(shipment.marker) in comment for comment in shown.comments):
            # Somebody else made it: what was typed here and is not on the parcel counts no more.
            shipment.tracks.filter(track_id__isnull=True).delete()
            shipping.sync_tracks(shipment, shown.tracks)
        shipping.follow(shipment, shown.quantities)
        shipping.dispatch(shipment)
    if shipping.sync_tracks(shipment, shown.tracks):
        record(
            shipment.order.subject,
            "tracks_changed",
            say("Tracking of shipment %(number)s changed in Commerce.", number=shown.number),
            store_id=shipment.order.store_id,
            actor=Actor.COMMERCE,
        )
        shipping.tracking_changed(shipment)


def watched(store_id: int, correction: timedelta, now: datetime) -> list[int]:
    """Commerce ids of shipments whose tracks may still change something: those without any, and those reported so
    recently that the marketplace takes a correction. No feed of Commerce tells of a track (magento-observed §2.3).
    """
    waiting = Q(reported_at__isnull=True, hold__in=[Hold.TRACKING, Hold.CARRIER], created_at__gte=now - KEEP_LOOKING)
    correctable = Q(reported_at__gte=now - correction)
    shipments = Shipment.objects.filter(
        waiting | correctable, order__store=store_id, commerce_shipment_id__isnull=False
    )
    return [pk for pk in shipments.order_by("-pk").values_list("commerce_shipment_id", flat=True)[:500] if pk]
