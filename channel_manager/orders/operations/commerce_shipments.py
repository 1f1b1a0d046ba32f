"""Making a shipment in Commerce that was asked for on our page or made outside the shop (commerce-api §5)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import shipping, state
from channel_manager.orders.models import OrderLine, PurchaseOrder, Shipment, ShipmentTrack
from channel_manager.orders.operations.cancellations import request_closing
from channel_manager.orders.operations.kind import OrderOperation
from channel_manager.orders.operations.shipment_reports import as_track
from channel_manager.orders.rules.levels import open_units, same_number
from channel_manager.ports.commerce import CommercePlatform
from channel_manager.ports.documents import CommerceShipment, NewShipment, Track
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.marketplace import Marketplace
from channel_manager.ports.messages import Platform
from channel_manager.shared.errors import About, Ambiguous, Rejected
from channel_manager.shared.sentences import say
from channel_manager.sync import outbox
from channel_manager.sync.kinds import Claim, Json, Progress, Sent, Skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentPlan:
    """`at_marketplace`: units by line number that must be open there before anything is shipped in Commerce."""

    number: str
    order_id: int
    shipment: NewShipment
    at_marketplace: Mapping[str, int]


class CreateCommerceShipment(OrderOperation):
    """Our page ships: look at the marketplace first, then Commerce, then (by `apply`) the marketplace."""

    name: ClassVar[str] = "create_commerce_shipment"
    platform: ClassVar[Platform] = Platform.COMMERCE
    family: ClassVar[str] = "documents"
    priority: ClassVar[int] = 2

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        related = ("lines__line__item", "tracks")
        shipments = Shipment.objects.select_related("order").prefetch_related(*related)
        found = shipments.in_bulk([claim.payload["shipment"] for claim in claims])
        return {claim.id: _plan(found.get(claim.payload["shipment"])) for claim in claims}

    async def send(self, claim: Claim, prepared: ShipmentPlan, gateways: Gateways, progress: Progress) -> Sent:
        if made := await _find(prepared, gateways.commerce):
            return Sent(_result(made))
        if prepared.at_marketplace:
            await _check_marketplace(prepared, gateways.marketplace)
        shipment_id = await gateways.commerce.ship(prepared.order_id, prepared.shipment)
        made = next(iter(await gateways.commerce.shipments([shipment_id])), None)
        if made is None:
            raise Ambiguous(say("Commerce does not show the shipment yet; it is looked for again."), side="Commerce")
        return Sent(_result(made))

    def apply(self, claim: Claim, result: Json) -> None:
        shipment = Shipment.objects.get(pk=claim.payload["shipment"])
        order = shipment.order = state.locked(shipment.order_id)
        shipping.attach(shipment, result["shipment_id"], result["number"], result["tracks"])
        shipping.follow(shipment, {int(item_id): units for item_id, units in result["quantities"].items()})
        record(
            order.subject,
            "shipped_in_commerce",
            say("Shipment %(number)s made in Commerce.", number=result["number"]),
            store_id=order.store_id,
            actor=Actor.RULE,
        )
        shipping.dispatch(shipment)
        request_closing(order, shipment)
        state.refresh(order)


class AddCommerceTrack(OrderOperation):
    """A track entered on our page for a shipment that Commerce has."""

    name: ClassVar[str] = "add_commerce_track"
    platform: ClassVar[Platform] = Platform.COMMERCE
    family: ClassVar[str] = "documents"

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        tracks = ShipmentTrack.objects.select_related("shipment__order")
        found = tracks.in_bulk([claim.payload["track"] for claim in claims])
        return {claim.id: _unsent(found.get(claim.payload["track"])) for claim in claims}

    async def send(self, claim: Claim, prepared: ShipmentTrack, gateways: Gateways, progress: Progress) -> Sent:
        shipment_id, order_id = prepared.shipment.commerce_shipment_id, prepared.shipment.order.commerce_order_id
        assert shipment_id is not None
        assert order_id is not None
        for shown in await gateways.commerce.shipments([shipment_id]):
            for track in shown.tracks:
                if track.number == prepared.number and track.track_id is not None:
                    return Sent({"track_id": track.track_id})
        added = await gateways.commerce.add_track(
            order_id=order_id,
            shipment_id=shipment_id,
            carrier_code=prepared.carrier_code or "custom",
            title=prepared.title or prepared.carrier_code,
            number=prepared.number,
        )
        return Sent({"track_id": added})

    def apply(self, claim: Claim, result: Json) -> None:
        track = ShipmentTrack.objects.select_related("shipment").get(pk=claim.payload["track"])
        order = state.locked(track.shipment.order_id)
        ShipmentTrack.objects.filter(shipment=track.shipment, track_id=result["track_id"]).exclude(pk=track.pk).delete()
        track.track_id = result["track_id"]
        track.save(update_fields=["track_id"])
        state.refresh(order)


def request(shipment: Shipment, by: int | None = None) -> None:
    outbox.enqueue(
        CreateCommerceShipment,
        store_id=shipment.order.store_id,
        subject=shipment.order.subject,
        key=f"ship:{shipment.pk}",
        payload={"shipment": shipment.pk},
        by=by,
    )


def request_outside_shipments(order: PurchaseOrder) -> None:
    """Mirror into Commerce what was shipped elsewhere, without what had left before the Commerce order was made."""
    before = {line.pk: line.shipped_before for line in order.lines.all()}
    for shipment in order.shipments.filter(origin=Actor.MARKETPLACE, commerce_shipment_id__isnull=True):
        for row in shipment.lines.select_related("line"):
            before[row.line_id] -= row.quantity
            if before[row.line_id] < 0 and row.line.item_id:
                request(shipment)


def request_track(track: ShipmentTrack, order: PurchaseOrder, by: int | None) -> None:
    outbox.enqueue(
        AddCommerceTrack,
        store_id=order.store_id,
        subject=order.subject,
        key=f"track:{track.pk}",
        payload={"track": track.pk},
        by=by,
    )


def new_shipment(
    units: Mapping[OrderLine, int], tracks: Sequence[Track], *, comment: str, marker: str, source_code: str
) -> NewShipment:
    """What Commerce is asked to make of these units, whether the shipment is recorded yet or not."""
    by_item: dict[int, int] = defaultdict(int)
    for line, quantity in units.items():
        if line.item:
            by_item[line.item.item_id] += quantity
    return NewShipment(
        quantities=dict(by_item), tracks=tuple(tracks), comment=comment, marker=marker, source_code=source_code
    )


def _plan(shipment: Shipment | None) -> ShipmentPlan | Skip:
    if shipment is None or shipment.commerce_shipment_id:
        return Skip(say("The shipment exists in Commerce."))
    order = shipment.order
    if order.commerce_order_id is None:
        return Skip(say("The order does not exist in Commerce."))
    units = {row.line: row.quantity for row in shipment.lines.all()}
    outside = shipment.origin == Actor.MARKETPLACE
    return ShipmentPlan(
        number=order.number,
        order_id=order.commerce_order_id,
        shipment=new_shipment(
            units,
            [as_track(track) for track in shipment.tracks.all()],
            comment=shipment.comment,
            marker=str(shipment.marker),
            source_code=shipment.source_code,
        ),
        at_marketplace={} if outside else {line.number: quantity for line, quantity in units.items()},
    )


def _unsent(track: ShipmentTrack | None) -> ShipmentTrack | Skip:
    if track is None or track.track_id or track.shipment.commerce_shipment_id is None:
        return Skip(say("Commerce has this track."))
    return track


async def _find(plan: ShipmentPlan, commerce: CommercePlatform) -> CommerceShipment | None:
    """An earlier attempt's shipment, by the marker in its comment; or the same parcel, entered by its shipper."""
    for shipment in await commerce.shipments_of(plan.order_id):
        if any(plan.shipment.marker in comment for comment in shipment.comments):
            return shipment
        if not plan.at_marketplace and _same_parcel(plan.shipment, shipment):
            return shipment
    return None


def _same_parcel(wanted: NewShipment, shown: CommerceShipment) -> bool:
    tracked = any(same_number(one.number, other.number) for one in wanted.tracks for other in shown.tracks)
    return tracked and wanted.quantities == shown.quantities


async def _check_marketplace(plan: ShipmentPlan, marketplace: Marketplace) -> None:
    """Goods must not leave for units that the marketplace has cancelled in the meantime."""
    lines = {line.number: line for line in (await marketplace.order(plan.number)).lines}
    for number, quantity in plan.at_marketplace.items():
        available = open_units(lines[number])
        if available < quantity:
            raise Rejected(
                say(
                    "Not shipped: Walmart has only %(open)s of line %(line)s open now. Ship what is open.",
                    open=available,
                    line=number,
                ),
                side="Walmart",
                field=f"line {number}",
                about=About.QUANTITY,
            )


def _result(made: CommerceShipment) -> Json:
    tracks = [
        {"track_id": track.track_id, "carrier_code": track.carrier_code, "title": track.title, "number": track.number}
        for track in made.tracks
    ]
    quantities = {str(item_id): units for item_id, units in made.quantities.items()}
    return {"shipment_id": made.shipment_id, "number": made.number, "tracks": tracks, "quantities": quantities}
