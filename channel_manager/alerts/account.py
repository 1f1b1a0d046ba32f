"""Measuring the seller account from our own record, and what a cancellation would do to it."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet

from channel_manager.alerts.models import AccountHealth
from channel_manager.alerts.rules import account_health as rules
from channel_manager.alerts.rules.account_health import LONG_WINDOW, NOTHING, WINDOW, Effect, Rate, Share, Standing
from channel_manager.history.models import Actor
from channel_manager.orders.models import Cancellation, PurchaseOrder, Shipment, Status, Treatment
from channel_manager.orders.rules.levels import same_number
from channel_manager.ports.documents import Track
from channel_manager.ports.messages import Fulfilment, Reason
from channel_manager.stores.carriers import Rule, resolve
from channel_manager.stores.models import Store
from channel_manager.sync.kinds import Json

MOST = 20_000
"""Rows of a store that are judged, newest first, so that it costs the same in any store."""
HISTORY = 90
NUMBER = re.compile(r"[A-Za-z0-9-]{6,50}")
RULE = ("carrier_code", "title", "number_pattern", "carrier", "other_name", "tracking_url")


@dataclass(frozen=True, slots=True)
class Case:
    """Something that is judged: when, whether it adds to the rate's part, and the cause if it went wrong."""

    at: datetime
    is_part: bool
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    measured_at: datetime
    rates: Sequence[Standing]

    @property
    def is_safe(self) -> bool:
        return all(rate.is_safe is not False for rate in self.rates)


def measure(store: Store, *, carriers: Sequence[str], now: datetime) -> None:
    """In a transaction. `carriers` are those that the marketplace knows by name. Four bounded queries and a write."""
    cases: dict[Rate, list[Case]] = {
        Rate.CANCELLATION: _cancellations(store, now),
        Rate.ON_TIME: _departures(store, now),
        Rate.TRACKING: _parcels(store, carriers, now),
    }
    rates = {rate: _rate(found, now) for rate, found in cases.items()}
    AccountHealth.objects.update_or_create(store=store, day=now.date(), defaults={"measured_at": now, "rates": rates})


def healths(store_ids: Collection[int]) -> dict[int, Health]:
    """What was measured last; stores that were never measured are left out. One query."""
    latest = AccountHealth.objects.filter(store__in=store_ids).order_by("store", "-day").distinct("store")
    return {one.store_id: Health(one.measured_at, _standings(one.rates)) for one in latest}


def history(store_id: int, *, days: int = HISTORY) -> list[tuple[datetime, Mapping[Rate, float | None]]]:
    """Day by day, newest first: when it was measured, and each rate of the 30 days before. One query."""
    found = AccountHealth.objects.filter(store=store_id).order_by("-day")[:days]
    return [(one.measured_at, {rate.rate: rate.now.value for rate in _standings(one.rates)}) for one in found]


def effects_of_cancellation(order: PurchaseOrder, reasons: Iterable[Reason]) -> dict[Reason, Effect]:
    """What canceling units of an order does to the account's cancellation rate, by reason. Two queries."""
    known = healths([order.store_id]).get(order.store_id)
    rate = next((one.now for one in known.rates if one.rate is Rate.CANCELLATION), NOTHING) if known else NOTHING
    causes = (rules.cause(reason, said) for reason, said in order.cancellations.values_list("reason", "said"))
    before = int(any(rules.counts(cause) for cause in causes))
    return {reason: rules.effect(rate, reason, counted_before=before) for reason in reasons}


def effect_of_cancellation(order: PurchaseOrder, reason: Reason) -> Effect:
    return effects_of_cancellation(order, [reason])[reason]


# ---- what is judged ----------------------------------------------------------------------------------------------


def _judged(store: Store) -> QuerySet[PurchaseOrder]:
    """Orders that the seller answers for."""
    ours = PurchaseOrder.objects.filter(store=store).exclude(fulfilment=Fulfilment.MARKETPLACE)
    return ours.exclude(treatment=Treatment.UNDECIDED)


def _cancellations(store: Store, now: datetime) -> list[Case]:
    since = now - LONG_WINDOW
    orders = _judged(store).filter(ordered_at__gte=since, ordered_at__lte=now).order_by("-ordered_at", "-id")
    cancelled = Cancellation.objects.filter(order__store=store, order__ordered_at__gte=since).order_by("-pk")
    causes: dict[int, str] = {}
    for order_id, reason, said in cancelled.values_list("order", "reason", "said")[:MOST]:
        cause = rules.cause(reason, said)
        if rules.counts(cause):
            causes[order_id] = cause
    rows = orders.values_list("pk", "ordered_at")[:MOST]
    return [Case(ordered_at, pk in causes, causes.get(pk, "")) for pk, ordered_at in rows]


def _departures(store: Store, now: datetime) -> list[Case]:
    """Orders whose day to ship by has passed; what was canceled altogether never had to leave."""
    due = _judged(store).filter(ship_by__gte=now - LONG_WINDOW, ship_by__lte=now).exclude(status=Status.CANCELED)
    due = due.annotate(left_at=Max("shipments__shipped_at")).order_by("-ship_by", "-id")
    cases = []
    for ship_by, status, left_at in due.values_list("ship_by", "status", "left_at")[:MOST]:
        assert ship_by is not None
        complete = status == Status.SHIPPED
        on_time = complete and left_at is not None and left_at <= ship_by
        cases.append(Case(ship_by, on_time, "" if on_time else "left_late" if complete else "not_left"))
    return cases


def _parcels(store: Store, carriers: Sequence[str], now: datetime) -> list[Case]:
    since = now - LONG_WINDOW
    reported = Shipment.objects.filter(order__store=store, reported_at__gte=since, reported_at__lte=now)
    reported = reported.exclude(order__fulfilment=Fulfilment.MARKETPLACE).select_related("order")
    columns = ("origin", "reported_at", "reported_number", "order__number", "order__customer_order_number")
    found = reported.only(*columns).prefetch_related("tracks").order_by("-reported_at", "-pk")[:MOST]
    map_ = [Rule(**row) for row in store.carrier_rules.values(*RULE)]
    cases = []
    for shipment in found:
        fault = _fault(shipment, map_, carriers)
        assert shipment.reported_at is not None
        cases.append(Case(shipment.reported_at, not fault, fault))
    return cases


def _fault(shipment: Shipment, map_: Sequence[Rule], carriers: Sequence[str]) -> str:
    """Why its tracking is not valid as far as can be told without the carrier (walmart-api §2.17); empty if it is."""
    track = next(iter(shipment.tracks.all()), None)
    number = shipment.reported_number or (track.number if track else "")
    order = shipment.order
    if not NUMBER.fullmatch(number):
        return "number"
    if any(same_number(number, other) for other in (order.number, order.customer_order_number)):
        return "number"
    if shipment.origin == Actor.MARKETPLACE or track is None:
        return ""  # carriers are spelt otherwise where they are read (walmart-api §2.16)
    known = resolve(Track(carrier_code=track.carrier_code, title=track.title, number=number), map_, carriers)
    return "" if known and known.carrier else "carrier"


# ---- rates -------------------------------------------------------------------------------------------------------


def _rate(cases: Sequence[Case], now: datetime) -> Json:
    recent = [case for case in cases if case.at > now - WINDOW]
    before = [case for case in cases if now - 2 * WINDOW < case.at <= now - WINDOW]
    causes = Counter(case.cause for case in recent if case.cause)
    return {
        "now": _share(recent),
        "before": _share(before),
        "long": _share(cases),
        "causes": rules.most_first(causes.items()),
    }


def _share(cases: Sequence[Case]) -> list[int]:
    return [sum(case.is_part for case in cases), len(cases)]


def _standings(rates: Json) -> list[Standing]:
    return [
        Standing(
            rate=rate,
            **{window: Share(part=known[window][0], whole=known[window][1]) for window in ("now", "before", "long")},
            causes=known["causes"],
        )
        for rate in Rate
        if (known := rates.get(rate))
    ]
