"""What both sides would be told of a shipment that is being typed. Built by what builds the requests themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from channel_manager.orders.models import OrderLine, PurchaseOrder
from channel_manager.orders.operations.commerce_shipments import new_shipment
from channel_manager.orders.operations.shipment_reports import report
from channel_manager.ports.documents import NewShipment, Track
from channel_manager.ports.messages import Capabilities, Parcel
from channel_manager.stores.carriers import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentPreview:
    """`parcel` is None where the marketplace neither knows the carrier nor has it mapped: such a shipment is held."""

    units: Mapping[OrderLine, int]
    parcel: Parcel | None
    shipment: NewShipment


def shipment_preview(
    order: PurchaseOrder,
    units: Mapping[OrderLine, int],
    tracks: Sequence[Track],
    *,
    comment: str,
    source_code: str,
    override: bool,
    marker: str,
    rules: Sequence[Rule],
    able: Capabilities,
    at: datetime,
) -> ShipmentPreview:
    """`rules` are the store's carrier map, `able` what the marketplace can do. No query."""
    told = report(order, units, tracks[0], rules=tuple(rules), shipped_at=at, override=override)
    return ShipmentPreview(
        units=units,
        parcel=told.parcel(able, at),
        shipment=new_shipment(units, tracks, comment=comment, marker=marker, source_code=source_code),
    )
