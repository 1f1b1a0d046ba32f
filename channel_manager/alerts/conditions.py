"""What there is to tell of now, of many stores at once: one bounded query for each kind."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from channel_manager.alerts.rules import ladder, rhythm
from channel_manager.alerts.rules.ladder import MINUTE, Kind
from channel_manager.notifications.models import Wanted
from channel_manager.orders.models import PurchaseOrder, Status, Treatment
from channel_manager.orders.queries import UNFINISHED, auto_cancel_at
from channel_manager.orders.state import ALREADY_SHIPPED
from channel_manager.ports import deadlines
from channel_manager.ports.deadlines import Clock
from channel_manager.ports.messages import Fulfilment, Platform
from channel_manager.returns.models import Return
from channel_manager.returns.models import Status as ReturnStatus
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync import sql, writer
from channel_manager.sync.models import PlatformPause, ReadOnly, StreamCursor

MOST = 5000
"""Of one kind. Beyond that nothing is called solved, since not everything was seen."""
OUTAGE = timedelta(minutes=10)
"""How long a stream fails before it is worth telling: most outages are shorter. Refused keys are told at once."""
SIDES = {Platform.MARKETPLACE.value: "Walmart", Platform.COMMERCE.value: "Commerce"}
FEWEST_OUTSIDE = 3
LOOK = say("Look at it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that is so now. `subject` names it as operations and events do, `name` as people do."""

    store_id: int
    kind: Kind
    subject: str
    sentence: Sentence
    name: str = ""
    rung: int = ladder.PASSED
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`rungs` are the minutes before a deadline that each store's channels ask for."""

    stores: Sequence[int]
    rungs: Mapping[int, Collection[int]]
    now: datetime

    def until(self) -> datetime:
        """What is due later is on nobody's rung yet."""
        return self.now + max((minutes for rungs in self.rungs.values() for minutes in rungs), default=0) * MINUTE


# ---- orders and returns ------------------------------------------------------------------------------------------


def _orders(asked: Asked, wanted: Q) -> QuerySet[PurchaseOrder]:
    columns = ("number", "details", "ship_by", "ordered_at", "acknowledge_by", "store__marketplace")
    found = PurchaseOrder.objects.filter(wanted, store__in=asked.stores).select_related("store").only(*columns)
    return found.order_by("-pk")[:MOST]


def _returns(asked: Asked, wanted: Q) -> QuerySet[Return]:
    columns = ("number", "details", "refund_by", "requested_at", "store__marketplace")
    found = Return.objects.filter(wanted, store__in=asked.stores).select_related("store").only(*columns)
    return found.order_by("-pk")[:MOST]


def _told(kind: Kind, one: PurchaseOrder | Return, sentence: Sentence | None = None, **facts: Any) -> Condition:
    first = one.details[0] if one.details else LOOK.as_json()
    return Condition(
        store_id=one.store_id,
        kind=kind,
        subject=one.subject,
        name=one.number,
        sentence=sentence or Sentence.from_json(first),
        **facts,
    )


def errors(asked: Asked) -> Iterator[Condition]:
    for found in (_orders(asked, Q(has_error=True)), _returns(asked, Q(has_error=True))):
        for one in found:
            yield _told(Kind.ORDER_ERROR, one)


def questions(asked: Asked) -> Iterator[Condition]:
    """What waits for a person and is neither an error nor a buyer's request, which are told of as such."""
    asks = Q(needs_action=True, has_error=False)
    for found in (_orders(asked, asks & Q(buyer_asked_at__isnull=True)), _returns(asked, asks)):
        for one in found:
            yield _told(Kind.NEEDS_ACTION, one)


def buyers(asked: Asked) -> Iterator[Condition]:
    words = say("The buyer asked to cancel. What has not left yet is held.")
    for one in _orders(asked, Q(needs_action=True, status__in=UNFINISHED, buyer_asked_at__isnull=False)):
        yield _told(Kind.BUYER_ASKED, one, words)


def shipped_though_asked(asked: Asked) -> Iterator[Condition]:
    left = Q(needs_action=True, buyer_asked_at__isnull=False, status__in=[Status.SHIPPED, Status.PARTIALLY_SHIPPED])
    for one in _orders(asked, left & Q(details__contains=[ALREADY_SHIPPED.as_json()])):
        yield _told(Kind.ALREADY_SHIPPED, one, ALREADY_SHIPPED)


# ---- deadlines ---------------------------------------------------------------------------------------------------

OURS = Q(status__in=UNFINISHED) & ~Q(fulfilment=Fulfilment.MARKETPLACE)
OURS &= Q(treatment__in=[Treatment.IMPORT, Treatment.LINK])


def acknowledgements(asked: Asked) -> Iterator[Condition]:
    words = say("The order is not acknowledged to Walmart yet.")
    for one in _orders(asked, OURS & Q(acknowledged_at__isnull=True, acknowledge_by__lte=asked.until())):
        yield from _due(Kind.ACKNOWLEDGE_DUE, one, asked, words, at=one.acknowledge_by, begins=one.ordered_at)


def shipments(asked: Asked) -> Iterator[Condition]:
    words = say("Units of the order are still to be shipped.")
    for one in _orders(asked, OURS & Q(ship_by__lte=asked.until())):
        yield from _due(Kind.SHIP_DUE, one, asked, words, at=one.ship_by, begins=one.ordered_at)


def automatic_cancellations(asked: Asked) -> Iterator[Condition]:
    words = say("Walmart cancels what is not shipped, and counts it against the account.")
    shortest = min(deadlines.shortest(marketplace, Clock.AUTO_CANCEL) for marketplace in deadlines.RULES)
    for one in _orders(asked, OURS & Q(ship_by__lte=asked.until() - shortest)):
        yield from _due(Kind.AUTO_CANCEL_DUE, one, asked, words, at=auto_cancel_at(one), begins=one.ordered_at)


def refunds(asked: Asked) -> Iterator[Condition]:
    words = say("The goods are back. Walmart refunds by itself after the deadline.")
    for one in _returns(asked, Q(status=ReturnStatus.RECEIVED, refund_by__lte=asked.until())):
        whole = deadlines.length(one.store.marketplace, Clock.REFUND, one.requested_at)
        begins = one.refund_by - whole if one.refund_by and whole else None
        yield from _due(Kind.REFUND_DUE, one, asked, words, at=one.refund_by, begins=begins)


def _due(
    kind: Kind,
    one: PurchaseOrder | Return,
    asked: Asked,
    words: Sentence,
    *,
    at: datetime | None,
    begins: datetime | None,
) -> Iterator[Condition]:
    if at is None:
        return
    reached = ladder.rung(at - asked.now, asked.rungs.get(one.store_id, ()), whole=at - begins if begins else None)
    if reached is not None:
        yield _told(kind, one, words, rung=reached, due_at=at)


# ---- the store itself --------------------------------------------------------------------------------------------


def connections(asked: Asked) -> Iterator[Condition]:
    """A platform that refuses our keys, or that cannot be read for a while. Once for each side of a store."""
    found: dict[tuple[int, str], Condition] = {}
    for pause in PlatformPause.objects.filter(store__in=asked.stores):
        _add(found, pause.store_id, SIDES[pause.platform], Sentence.from_json(pause.sentence))
    failing = StreamCursor.objects.filter(store__in=asked.stores, failed_since__isnull=False).order_by("failed_since")
    for stream in failing:
        assert stream.error is not None
        assert stream.failed_since is not None
        refused = stream.error.get("class") == "Misconfigured"
        if refused or stream.failed_since < asked.now - OUTAGE:
            _add(found, stream.store_id, stream.error.get("side", ""), Sentence.from_json(stream.error["sentence"]))
    yield from found.values()


def _add(found: dict[tuple[int, str], Condition], store_id: int, side: str, sentence: Sentence) -> None:
    condition = Condition(
        store_id=store_id, kind=Kind.CONNECTION, subject=f"connection:{side}", name=side, sentence=sentence
    )
    found.setdefault((store_id, side), condition)


LATEST = """
    SELECT store.id AS store_id, array_agg(latest.ordered_at) AS came
    FROM stores_store store
    CROSS JOIN LATERAL (
        SELECT ordered_at FROM orders_purchaseorder
        WHERE store_id = store.id ORDER BY ordered_at DESC, id DESC LIMIT 200) latest
    WHERE store.id = ANY(%s)
    GROUP BY store.id
"""


def silence(asked: Asked) -> Iterator[Condition]:
    """By when orders were placed: an outage of ours does not change a store's rhythm."""
    for row in sql.rows(LATEST, [list(asked.stores)]):
        if passed := rhythm.silent_for(row["came"], asked.now):
            gap = rhythm.usual_gap(row["came"])
            assert gap is not None
            words = say(
                "No order has come for %(hours)s hours; at most %(usual)s hours are usual for this store. Look in "
                "Seller Center whether orders are waiting, and whether listings are still published.",
                hours=int(passed / deadlines.HOUR),
                usual=max(1, round(gap / deadlines.HOUR)),
            )
            yield Condition(store_id=row["store_id"], kind=Kind.SILENCE, subject="silence", sentence=words)


OUTSIDE = """
    SELECT store.id AS store_id, count(*) AS acknowledged, count(*) FILTER (WHERE operation.id IS NULL) AS outside
    FROM stores_store store
    CROSS JOIN LATERAL (
        SELECT id, ordered_at, received_at FROM orders_purchaseorder
        WHERE store_id = store.id AND ordered_at > %(now)s - interval '24 hours' AND ordered_at > store.confirmed_at
          AND fulfilment = 'seller' AND treatment = 'import' AND acknowledged_at IS NOT NULL
          AND received_at < ordered_at + interval '30 minutes'
        ORDER BY ordered_at DESC LIMIT 200) latest
    LEFT JOIN sync_operation operation ON operation.key = 'acknowledge:' || latest.id AND operation.attempt > 0
    WHERE store.id = ANY(%(stores)s)
    GROUP BY store.id
"""


def other_writers(asked: Asked) -> Iterator[Condition]:
    """Signs of somebody else who works on the account: hints for a person, never a reason to stop by ourselves."""
    for wanted in Wanted.objects.filter(store__in=asked.stores).exclude(others=[]):
        words = say(
            "Walmart also tells another installation of this program of this account's orders: %(hosts)s. Two on one "
            "account disturb each other: turn one off, or remove its subscriptions.",
            hosts=", ".join(wanted.others),
        )
        yield Condition(store_id=wanted.store_id, kind=Kind.OTHER_WRITER, subject="subscriptions", sentence=words)
    for row in sql.rows(OUTSIDE, {"stores": list(asked.stores), "now": asked.now}):
        if row["outside"] >= FEWEST_OUTSIDE and 2 * row["outside"] >= row["acknowledged"]:
            words = say(
                "%(outside)s of the last %(all)s orders were acknowledged by somebody else. Another tool or another "
                "installation seems to work on this Walmart account: let one of them do it.",
                outside=row["outside"],
                all=row["acknowledged"],
            )
            yield Condition(store_id=row["store_id"], kind=Kind.OTHER_WRITER, subject="orders", sentence=words)


LISTINGS = """
    SELECT store_id, count(DISTINCT key) FILTER (WHERE error IS NOT NULL) AS errors,
        count(DISTINCT key) FILTER (WHERE held IS NOT NULL) AS held
    FROM sync_level
    WHERE store_id = ANY(%s) AND active AND (error IS NOT NULL OR held IS NOT NULL)
    GROUP BY store_id
"""


def listings(asked: Asked) -> Iterator[Condition]:
    """Once for a store, however many there are: the Listings page tells which."""
    for row in sql.rows(LISTINGS, [list(asked.stores)]):
        words = say(
            "Stock or price of %(errors)s listings could not be told to Walmart; %(held)s wait for a decision. Look at "
            "the Listings page.",
            errors=row["errors"],
            held=row["held"],
        )
        yield Condition(store_id=row["store_id"], kind=Kind.LISTINGS, subject="listings", sentence=words)


def read_only(asked: Asked) -> Iterator[Condition]:
    for one in ReadOnly.objects.filter(store__in=asked.stores):
        yield Condition(store_id=one.store_id, kind=Kind.READ_ONLY, subject="read_only", sentence=writer.CLAUSE)


LOOKS: Mapping[Kind, Callable[[Asked], Iterator[Condition]]] = {
    Kind.ORDER_ERROR: errors,
    Kind.NEEDS_ACTION: questions,
    Kind.BUYER_ASKED: buyers,
    Kind.ALREADY_SHIPPED: shipped_though_asked,
    Kind.ACKNOWLEDGE_DUE: acknowledgements,
    Kind.SHIP_DUE: shipments,
    Kind.AUTO_CANCEL_DUE: automatic_cancellations,
    Kind.REFUND_DUE: refunds,
    Kind.LISTINGS: listings,
    Kind.CONNECTION: connections,
    Kind.SILENCE: silence,
    Kind.OTHER_WRITER: other_writers,
    Kind.READ_ONLY: read_only,
}
