"""The status cards of the Orders page: what each one counts and filters by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from channel_manager.orders.models import UNFINISHED, PurchaseOrder, Status, Treatment
from channel_manager.ports import deadlines
from channel_manager.ports.deadlines import Clock
from channel_manager.ports.messages import Fulfilment
from channel_manager.sync import sql

RISK = timedelta(hours=24)
ACKNOWLEDGE_RISK = timedelta(hours=1)
MOST = 10_000
COUNTS = """
    SELECT store.id, counted.*,
        coalesce((SELECT max(id) FROM orders_purchaseorder WHERE store_id = store.id), 0) AS latest,
        least(%(most)s, late.orders + unacknowledged.orders) AS at_risk
    FROM stores_store store
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(open), 0)::bigint AS open,
            coalesce(sum(partially_shipped), 0)::bigint AS partially_shipped,
            coalesce(sum(shipped), 0)::bigint AS shipped, coalesce(sum(canceled), 0)::bigint AS canceled,
            coalesce(sum(errors), 0)::bigint AS errors, coalesce(sum(needs_action), 0)::bigint AS needs_action,
            coalesce(sum(buyer_asked), 0)::bigint AS buyer_asked
        FROM orders_cardcount WHERE store_id = store.id) AS counted
    CROSS JOIN LATERAL (
        SELECT count(*) AS orders FROM (
            SELECT FROM orders_purchaseorder
            WHERE store_id = store.id AND status IN ('open', 'partially_shipped') AND ship_by <= %(ship_by)s
                AND fulfilment <> 'marketplace' AND treatment <> 'ignore'
            LIMIT %(most)s) AS first) AS late
    CROSS JOIN LATERAL (
        SELECT count(*) AS orders FROM (
            SELECT FROM orders_purchaseorder
            WHERE store_id = store.id AND status IN ('open', 'partially_shipped') AND acknowledged_at IS NULL
                AND acknowledge_by <= %(acknowledge_by)s AND (ship_by > %(ship_by)s OR ship_by IS NULL)
                AND fulfilment <> 'marketplace' AND treatment <> 'ignore'
            LIMIT %(most)s) AS first) AS unacknowledged
    WHERE store.id = ANY(%(stores)s)
"""
"""What has no clock in it is kept by triggers (`CardCount`). The rest is counted in indexes of unfinished orders."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Orders by card, and the id of the order that was received last; ids grow as orders come in, not as placed."""

    counts: dict[str, int]
    latest: int


def cards(now: datetime) -> dict[str, Q]:
    ours = ~Q(fulfilment=Fulfilment.MARKETPLACE) & ~Q(treatment=Treatment.IGNORE)
    return {
        "open": Q(status=Status.OPEN),
        "partially_shipped": Q(status=Status.PARTIALLY_SHIPPED),
        "shipped": Q(status=Status.SHIPPED),
        "canceled": Q(status=Status.CANCELED),
        "errors": Q(has_error=True),
        "needs_action": Q(needs_action=True),
        "at_risk": Q(status__in=UNFINISHED) & (_ship_soon(now) | _acknowledge_soon(now)) & ours,
        "buyer_asked": Q(status__in=UNFINISHED, buyer_asked_at__isnull=False),
    }


def card_counts(store_ids: Sequence[int], now: datetime) -> dict[int, dict[str, int]]:
    """Orders by card, by store, in one statement. Exact, but for At risk, which stops at MOST."""
    return {store_id: summary.counts for store_id, summary in summaries(store_ids, now).items()}


def summaries(store_ids: Sequence[int], now: datetime) -> dict[int, Summary]:
    """By store, in one statement."""
    bounds = {"ship_by": now + RISK, "acknowledge_by": now + ACKNOWLEDGE_RISK, "most": MOST}
    rows = sql.rows(COUNTS, {"stores": list(store_ids), **bounds})
    names = list(cards(now))
    return {row["id"]: Summary({card: row[card] for card in names}, row["latest"]) for row in rows}


def auto_cancel_at(order: PurchaseOrder) -> datetime | None:
    """When the marketplace cancels what has not shipped. The order comes with its store."""
    marketplace, begins = order.store.marketplace, order.ship_by
    return deadlines.due(marketplace, Clock.AUTO_CANCEL, ordered_at=order.ordered_at, begins=begins)


def _ship_soon(now: datetime) -> Q:
    """Near the day to ship by, or past it: what follows it, the marketplace's own cancellation, is later still."""
    return Q(ship_by__lte=now + RISK)


def _acknowledge_soon(now: datetime) -> Q:
    """Orders are acknowledged half an hour before the deadline at the latest: later than that something is wrong."""
    return Q(acknowledged_at__isnull=True, acknowledge_by__lte=now + ACKNOWLEDGE_RISK)
