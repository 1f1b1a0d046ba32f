"""Giving what is dirty to a carrier: one SKU at a time for what is urgent or little, a feed for much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from channel_manager.catalog.models import Feed
from channel_manager.catalog.operations.feeds import SubmitPriceFeed, SubmitStockFeed
from channel_manager.catalog.operations.single import SendPrice, SendStock
from channel_manager.sync import levels, outbox, sql
from channel_manager.sync.kinds import OperationKind
from channel_manager.sync.outbox import NewOperation

FEED_LINES = 10_000
"""Of one file (walmart-api §4.4)."""
FEED_PAUSE = timedelta(minutes=6, seconds=40)
"""Ten feeds an hour, of which one is kept for corrections (walmart-api §4.4)."""

LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('catalog dispatch ' || %s, 0)) AS got"
ON_THEIR_WAY = """
    SELECT count(*) AS count FROM sync_level
    WHERE store_id = %(store)s AND kind = %(kind)s AND carrier LIKE %(kind)s || ':%%'
      AND carrier <> '' AND carrier NOT LIKE 'feed:%%'
"""
MAY_FEED = """
    SELECT NOT EXISTS (
        SELECT 1 FROM catalog_feed WHERE store_id = %s AND kind = %s AND created_at > now() - %s::interval) AS may
"""
FILL = f"""
    UPDATE sync_level SET carrier = %(carrier)s, carried_at = now(), carried = wanted, turns = turns + 1
    WHERE id IN (
        SELECT id FROM sync_level level WHERE {levels.READY} ORDER BY urgent DESC, dirty_since, id LIMIT %(most)s
        FOR UPDATE SKIP LOCKED)
"""  # noqa: S608 - composed of constants
STORES = """
    SELECT id AS store_id FROM stores_store
    WHERE is_active AND confirmed_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM sync_level
        WHERE store_id = stores_store.id AND dirty_since IS NOT NULL AND carrier = '' AND active
          AND (held IS NULL OR kind = 'stock'))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How levels of a kind get there. `most_single` at most are on their way one by one (walmart-api §4.4, §7); while
    many wait for the next feed, no more than `most_filling`, so that what is urgent does not queue behind them.
    """

    kind: str
    single: type[OperationKind]
    feed: type[OperationKind]
    most_single: int
    most_filling: int


ROUTES = (
    Route(kind=levels.STOCK, single=SendStock, feed=SubmitStockFeed, most_single=50, most_filling=10),
    Route(kind=levels.PRICE, single=SendPrice, feed=SubmitPriceFeed, most_single=20, most_filling=5),
)


def dispatch_all() -> None:
    """Every store with something to send. In a transaction."""
    levels.free_abandoned()
    for row in sql.rows(STORES):
        dispatch(row["store_id"])


def dispatch(store_id: int) -> None:
    """Send what is dirty, as far as there is room; the rest goes on when there is. In a transaction.

    Another dispatch of the store under way does it, or the next one in a moment.
    """
    if sql.rows(LOCK, [str(store_id)])[0]["got"]:
        for route in ROUTES:
            _dispatch(store_id, route)


def _dispatch(store_id: int, route: Route) -> None:
    urgent, total = levels.ready(store_id, route.kind, most=route.most_single + 1)
    if not total:
        return
    on_their_way = sql.rows(ON_THEIR_WAY, {"store": store_id, "kind": route.kind})[0]["count"]
    room = route.most_single - on_their_way
    if total <= route.most_single:
        _send_single(store_id, route, room)
        return
    if urgent:
        _send_single(store_id, route, room, urgent=True)
    if sql.rows(MAY_FEED, [store_id, route.kind, FEED_PAUSE])[0]["may"]:
        _send_feed(store_id, route)
    else:
        _send_single(store_id, route, route.most_filling - on_their_way - urgent)


def _send_single(store_id: int, route: Route, room: int, *, urgent: bool = False) -> None:
    if room > 0:
        outbox.enqueue_many(_operations(store_id, route, levels.take(store_id, route.kind, most=room, urgent=urgent)))


def _operations(store_id: int, route: Route, taken: Sequence[levels.Taken]) -> list[NewOperation]:
    return [
        NewOperation(
            kind=route.single,
            store_id=store_id,
            subject=levels.subject(store_id, one.key),
            key=one.carrier,
            payload={"level": one.level_id, "carrier": one.carrier},
        )
        for one in taken
    ]


def _send_feed(store_id: int, route: Route) -> None:
    feed = Feed.objects.create(store_id=store_id, kind=route.kind, lines=0)
    where = {"store": store_id, "kind": route.kind, "carrier": feed.carrier, "most": FEED_LINES}
    feed.lines = sql.execute(FILL, where)
    if not feed.lines:
        feed.delete()
        return
    feed.save(update_fields=["lines"])
    outbox.enqueue(
        route.feed, store_id=store_id, subject=feed.subject, key=f"submit:{feed.pk}", payload={"feed": feed.pk}
    )
