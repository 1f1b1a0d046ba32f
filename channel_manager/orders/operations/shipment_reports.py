"""Telling the marketplace what was shipped (walmart-api §2.13, §10.4). Each attempt reads the order first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.utils import timezone

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.orders import state
from channel_manager.orders.models import Hold, OrderLine, PurchaseOrder, Shipment, ShipmentTrack
from channel_manager.orders.operations.kind import OrderOperation
from channel_manager.orders.rules.levels import levels, open_units, same_number, shipped_with, units
from channel_manager.ports.documents import Track
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.marketplace import Marketplace
from channel_manager.ports.messages import (
    Capabilities,
    IncomingLine,
    IncomingOrder,
    LineState,
    Parcel,
    ParcelLine,
    Platform,
)
from channel_manager.shared.errors import About, Rejected, RemoteError
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores import carriers
from channel_manager.stores.models import Store
from channel_manager.sync import outbox, sql
from channel_manager.sync.kinds import Claim, Json, Progress, Sent, Skip
from channel_manager.sync.levels import lowering

AFTER_ORDER = timedelta(minutes=1)
KEEP_NUMBERS = """
    UPDATE sync_operation SET progress = progress || jsonb_build_object('numbers', mine.numbers)
    FROM jsonb_to_recordset(%s::jsonb) AS mine (id bigint, numbers jsonb) WHERE sync_operation.id = mine.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A parcel before its carrier is known: that is a question to the marketplace's own list."""

    number: str
    ordered_at: datetime
    shipped_at: datetime
    lines: tuple[ParcelLine, ...]
    track: Track
    rules: tuple[carriers.Rule, ...]
    method: str
    seller_order_number: str
    skus: Mapping[str, str]
    """By line number, of those whose stock follows Commerce."""
    previous_number: str = ""

    def units(self, lines: Sequence[ParcelLine]) -> dict[str, int]:
        """By SKU."""
        counted: Counter[str] = Counter()
        for line in lines:
            if sku := self.skus.get(line.number):
                counted[sku] += line.quantity
        return dict(counted)

    def parcel(self, able: Capabilities, now: datetime) -> Parcel | None:
        """None when the carrier is neither the marketplace's nor mapped."""
        carrier = carriers.resolve(self.track, self.rules, able.carriers)
        if carrier is None:
            return None
        return Parcel(
            lines=self.lines,
            tracking_number=self.track.number,
            carrier=carrier.carrier,
            other_carrier=carrier.other_name,
            tracking_url=carrier.tracking_url,
            shipped_at=self._legal_time(now),
            method=self.method if self.method in able.ship_methods else able.ship_methods[0],
            seller_order_number=self.seller_order_number,
        )

    def _legal_time(self, now: datetime) -> datetime:
        """After the order, not in the future (walmart-api §2.13). By a marketplace's clock that is ahead of ours even
        `now` may lie before the order.
        """
        return max(self.ordered_at, min(max(self.shipped_at, self.ordered_at + AFTER_ORDER), now))


class ReportShipment(OrderOperation):
    """One parcel a call. Already shown with our number: done. Still only created: acknowledged first. The stock of its
    SKUs is lowered before, since the units are not held back any more once they are reported.

    Progress: the `numbers` it was tried with, since the tracking number may change while an answer is in doubt.
    """

    name: ClassVar[str] = "report_shipment"
    platform: ClassVar[Platform] = Platform.MARKETPLACE
    family: ClassVar[str] = "ship"
    priority: ClassVar[int] = 2

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        shipments = _load(claims)
        reports = {claim.id: _report(shipments.get(claim.payload["shipment"])) for claim in claims}
        _keep_numbers(claims, reports)
        return _followed(claims, reports)

    async def find_existing(
        self, claim: Claim, prepared: Report, gateways: Gateways, progress: Progress
    ) -> Sent | None:
        """What got through under a number that was changed since; `send` finds what has the same one."""
        earlier = [n for n in claim.progress.get("numbers", ()) if not same_number(n, prepared.track.number)]
        if not earlier:
            return None
        shown = await gateways.marketplace.order(prepared.number)
        lines = {line.number: line for line in shown.lines}
        for number in earlier:
            if all(shipped_with(lines[part.number], number) >= part.quantity for part in prepared.lines):
                return Sent({"levels": levels(shown), "tracking_number": number})
        return None

    async def send(self, claim: Claim, prepared: Report, gateways: Gateways, progress: Progress) -> Sent:
        parcel = prepared.parcel(gateways.marketplace.capabilities, datetime.now(UTC))
        if parcel is None:
            return Sent({"hold": Hold.CARRIER})
        shown = await _acknowledged(prepared.number, gateways.marketplace)
        if missing := _not_yet_shown(parcel, shown):
            if any(_held_by_buyer(part, shown) for part in missing):
                return Sent({"hold": Hold.BUYER_REQUEST, "levels": levels(shown)})
            _check_open(missing, shown)
            await lowering.lower(claim, prepared.units(missing), gateways.marketplace)
            shown = await gateways.marketplace.ship(prepared.number, replace(parcel, lines=missing))
        return Sent({"levels": levels(shown), "tracking_number": parcel.tracking_number})

    def stopped(self, claim: Claim, error: RemoteError | None, *, final: bool) -> None:
        lowering.stopped(claim, error)
        super().stopped(claim, error, final=final)

    def apply(self, claim: Claim, result: Json) -> None:
        lowering.ended(claim.id)
        shipment = _locked(claim)
        order = shipment.order
        state.write_levels(order, result.get("levels", {}))
        if hold := result.get("hold"):
            shipment.hold = hold
            shipment.save(update_fields=["hold"])
            state.refresh(order)
            return
        order.acknowledged_at = order.acknowledged_at or timezone.now()
        shipment.reported_at = timezone.now()
        shipment.reported_number = result["tracking_number"]
        shipment.hold = Hold.NONE
        shipment.save(update_fields=["reported_at", "reported_number", "hold"])
        record(
            order.subject,
            "shipment_reported",
            say("Walmart accepted the shipment with tracking number %(number)s.", number=result["tracking_number"]),
            store_id=order.store_id,
            actor=Actor.RULE,
        )
        request_correction(shipment)
        state.refresh(order)


class CorrectTracking(OrderOperation):
    """The first track of a reported shipment changed; Walmart takes that for four hours (walmart-api §2.13)."""

    name: ClassVar[str] = "correct_tracking"
    platform: ClassVar[Platform] = Platform.MARKETPLACE
    family: ClassVar[str] = "ship"

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        shipments = _load(claims)
        return {claim.id: _correction(shipments.get(claim.payload["shipment"])) for claim in claims}

    async def send(self, claim: Claim, prepared: Report, gateways: Gateways, progress: Progress) -> Sent:
        able = gateways.marketplace.capabilities
        if claim.payload["reported_at"] and _frozen(claim.payload["reported_at"], able):
            return Sent({"frozen": True})
        parcel = prepared.parcel(able, datetime.now(UTC))
        if parcel is None:
            raise Rejected(_unmapped(prepared.track), side="Walmart", field="carrier", about=About.CARRIER)
        shown = await gateways.marketplace.order(prepared.number)
        if _not_yet_shown(parcel, shown):
            shown = await gateways.marketplace.correct_tracking(
                prepared.number, parcel, previous_number=prepared.previous_number
            )
        return Sent({"levels": levels(shown), "tracking_number": parcel.tracking_number})

    def apply(self, claim: Claim, result: Json) -> None:
        shipment = _locked(claim)
        if result.get("frozen"):
            _note_frozen(shipment)
            return
        before, shipment.reported_number = shipment.reported_number, result["tracking_number"]
        shipment.save(update_fields=["reported_number"])
        record(
            shipment.order.subject,
            "tracking_corrected",
            say(
                "Tracking number %(before)s corrected to %(after)s at Walmart.",
                before=before,
                after=result["tracking_number"],
            ),
            store_id=shipment.order.store_id,
            actor=Actor.RULE,
        )
        state.refresh(shipment.order)


def request_correction(shipment: Shipment) -> None:
    """Tell the marketplace the first track of a reported shipment, if it is another one by now."""
    first = shipment.tracks.first()
    if first is None or same_number(first.number, shipment.reported_number):
        return
    outbox.enqueue(
        CorrectTracking,
        store_id=shipment.order.store_id,
        subject=shipment.order.subject,
        key=f"correct:{shipment.pk}:{first.pk}",
        payload={"shipment": shipment.pk, "reported_at": shipment.reported_at},
    )


def report(
    order: PurchaseOrder,
    units: Mapping[OrderLine, int],
    track: Track,
    *,
    rules: tuple[carriers.Rule, ...],
    shipped_at: datetime,
    override: bool,
    previous_number: str = "",
) -> Report:
    """What the marketplace is told of units under one track, whether the shipment is recorded yet or not."""
    return Report(
        number=order.number,
        ordered_at=order.ordered_at,
        shipped_at=shipped_at,
        lines=tuple(
            ParcelLine(number=line.number, quantity=quantity, override=override) for line, quantity in units.items()
        ),
        track=track,
        rules=rules,
        method=order.ship_method,
        seller_order_number=order.commerce_number or order.number,
        skus={line.number: line.sku for line in units},
        previous_number=previous_number,
    )


def carrier_rules(store: Store) -> tuple[carriers.Rule, ...]:
    """The store's carrier map, in order."""
    return tuple(
        carriers.Rule(
            carrier_code=rule.carrier_code,
            title=rule.title,
            number_pattern=rule.number_pattern,
            carrier=rule.carrier,
            other_name=rule.other_name,
            tracking_url=rule.tracking_url,
        )
        for rule in store.carrier_rules.all()
    )


def as_track(row: ShipmentTrack) -> Track:
    return Track(carrier_code=row.carrier_code, title=row.title, number=row.number, track_id=row.track_id)


# ---- inside a transaction ----------------------------------------------------------------------------------------


def _load(claims: Sequence[Claim]) -> dict[int, Shipment]:
    related = ("lines__line", "tracks", "order__store__carrier_rules")
    shipments = Shipment.objects.select_related("order__store").prefetch_related(*related)
    return shipments.in_bulk([claim.payload["shipment"] for claim in claims])


def _locked(claim: Claim) -> Shipment:
    shipment = Shipment.objects.get(pk=claim.payload["shipment"])
    shipment.order = state.locked(shipment.order_id)
    return shipment


def _report(shipment: Shipment | None) -> Report | Skip:
    if shipment is None or shipment.reported_at:
        return Skip(say("Walmart has this shipment."))
    if shipment.hold:
        return Skip(state.HOLDS[Hold(shipment.hold)])
    return _parcel_report(shipment)


def _followed(claims: Sequence[Claim], reports: Mapping[int, Report | Skip]) -> dict[int, Report | Skip]:
    """The reports with only those SKUs that are to be lowered."""
    skus = {sku for report in reports.values() if isinstance(report, Report) for sku in report.skus.values()}
    kept = lowering.followed(claims[0].store_id, skus) if skus else frozenset[str]()
    return {
        id_: replace(report, skus={line: sku for line, sku in report.skus.items() if sku in kept})
        if isinstance(report, Report)
        else report
        for id_, report in reports.items()
    }


def _keep_numbers(claims: Sequence[Claim], reports: Mapping[int, Report | Skip]) -> None:
    kept = []
    for claim in claims:
        report, numbers = reports[claim.id], claim.progress.get("numbers", [])
        if isinstance(report, Report) and report.track.number not in numbers:
            kept.append({"id": claim.id, "numbers": [*numbers, report.track.number]})
    if kept:
        sql.execute(KEEP_NUMBERS, [sql.json(kept)])


def _note_frozen(shipment: Shipment) -> None:
    words = say(
        "Tracking changed in Commerce, but Walmart takes no correction any more: the buyer sees %(number)s.",
        number=shipment.reported_number,
    )
    record(shipment.order.subject, "tracking_frozen", words, store_id=shipment.order.store_id, actor=Actor.RULE)


def _correction(shipment: Shipment | None) -> Report | Skip:
    if shipment is None or not shipment.reported_at:
        return Skip(say("The shipment was not reported."))
    return _parcel_report(shipment)


def _parcel_report(shipment: Shipment) -> Report | Skip:
    """The first track for all lines of the shipment; Commerce does not say which item is in which box."""
    tracks = list(shipment.tracks.all())
    if not tracks:
        return Skip(state.HOLDS[Hold.TRACKING])
    return report(
        shipment.order,
        {row.line: row.quantity for row in shipment.lines.all()},
        as_track(tracks[0]),
        rules=(*_chosen(tracks[0]), *carrier_rules(shipment.order.store)),
        shipped_at=shipment.shipped_at,
        override=shipment.override_by_id is not None,
        previous_number=shipment.reported_number,
    )


def _chosen(track: ShipmentTrack) -> tuple[carriers.Rule, ...]:
    """A person's choice for this parcel goes before the store's map."""
    return (carriers.Rule(carrier=track.chosen_carrier),) if track.chosen_carrier else ()


# ---- on the wire -------------------------------------------------------------------------------------------------


async def _acknowledged(number: str, marketplace: Marketplace) -> IncomingOrder:
    shown = await marketplace.order(number)
    if any(units(line.reported, LineState.CREATED) for line in shown.lines):
        return await marketplace.acknowledge(number)
    return shown


def _frozen(reported_at: str, able: Capabilities) -> bool:
    age = datetime.now(UTC) - datetime.fromisoformat(reported_at)
    return age > timedelta(hours=able.tracking_correction_hours)


def _not_yet_shown(parcel: Parcel, shown: IncomingOrder) -> tuple[ParcelLine, ...]:
    """What of the parcel the marketplace does not show under its number: nothing, if an earlier attempt got through."""
    lines = {line.number: line for line in shown.lines}
    return tuple(
        ParcelLine(number=part.number, quantity=part.quantity - there, override=part.override)
        for part in parcel.lines
        if (there := shipped_with(lines[part.number], parcel.tracking_number)) < part.quantity
    )


def _held_by_buyer(part: ParcelLine, shown: IncomingOrder) -> bool:
    return not part.override and any(line.number == part.number and line.buyer_asked_to_cancel for line in shown.lines)


def _check_open(missing: Sequence[ParcelLine], shown: IncomingOrder) -> None:
    lines = {line.number: line for line in shown.lines}
    for part in missing:
        if open_units(lines[part.number]) < part.quantity:
            words = _too_many(part, lines[part.number])
            raise Rejected(words, side="Walmart", field=f"line {part.number}", about=About.QUANTITY)


def _unmapped(track: Track) -> Sentence:
    return say(
        "Walmart does not know the carrier “%(title)s”. Map it under Channel settings › Map shipping carriers, "
        "then retry.",
        title=track.title or track.carrier_code,
    )


def _too_many(part: ParcelLine, line: IncomingLine) -> Sentence:
    return say(
        "%(wanted)s units of line %(line)s were shipped, but Walmart has only %(open)s open: %(cancelled)s were "
        "canceled there and %(shipped)s shipped before. Stop the parcel, or report fewer units and settle the rest "
        "with Walmart.",
        wanted=part.quantity,
        line=part.number,
        open=open_units(line),
        cancelled=units(line.reported, LineState.CANCELLED),
        shipped=units(line.reported, LineState.SHIPPED, LineState.DELIVERED),
    )
