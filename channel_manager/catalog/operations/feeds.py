"""Submitting a feed. It is not repeatable: one whose answer was lost is searched for before it is sent again
(walmart-api §9, 29).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils import timezone

from channel_manager.catalog.models import Feed, FeedProgress, FeedRow
from channel_manager.ports.catalog import FeedKind, FeedLine, FeedSummary
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.marketplace import Marketplace
from channel_manager.ports.messages import Platform
from channel_manager.shared.errors import Ambiguous, Postponed, RemoteError
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync import failures, levels, sql
from channel_manager.sync.kinds import Claim, Json, OperationKind, Progress, Sent, Skip

FIRST_LOOK = timedelta(seconds=30)
REFUSED_FOR = timedelta(hours=1)
"""How long the levels of a refused file wait for the next one."""
SKEW = timedelta(minutes=10)
NOTHING = say("The feed was submitted, or has nothing to send any more.")

# The file is what may be sent when it leaves: values as they are wanted then, without what is held, left alone, or was
# sent past it. What was submitted, or may have been, stays as it was.
LOCK = 'SELECT id FROM sync_level WHERE carrier = %(carrier)s ORDER BY key COLLATE "C" FOR UPDATE'
LEAVE_OUT = f"""
    UPDATE sync_level SET carrier = '', carried = NULL, carried_at = NULL
    WHERE carrier = %(carrier)s AND NOT (active AND wanted IS NOT NULL AND {levels.ALLOWED})
"""  # noqa: S608 - composed of constants
CARRY = f"UPDATE sync_level level SET carried = {levels.LOWERED} WHERE carrier = %(carrier)s"  # noqa: S608 - as above
EMPTY = "DELETE FROM catalog_feed_row WHERE feed_id = %(feed)s"
FREE = """
    UPDATE sync_level
    SET carrier = '', carried = NULL, carried_at = NULL, again_at = %(again)s,
        sent = CASE WHEN %(in_doubt)s THEN NULL ELSE sent END
    WHERE id IN (SELECT id FROM sync_level WHERE carrier = %(carrier)s ORDER BY key COLLATE "C" FOR UPDATE)
"""
ROWS = """
    INSERT INTO catalog_feed_row (feed_id, index, key, value)
    SELECT %(feed)s, row_number() OVER (ORDER BY key COLLATE "C") - 1, key, carried FROM sync_level
    WHERE carrier = %(carrier)s
"""
VISIBLE_AFTER = timedelta(minutes=2)
"""A feed that was taken may show in the list only later: one that does not is believed not to be there from then on."""
NOT_YET = say("Walmart did not answer when the feed was submitted. It is sent again unless it shows there soon.")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A feed with its lines in order. `known` are the ids of feeds that are other ones of ours."""

    name: str
    kind: FeedKind
    lines: tuple[FeedLine, ...]
    currency: str
    since: datetime
    known: frozenset[str]


class SubmitFeed(OperationKind):
    """One file. Its levels are carried by the feed until its rows are read (`intake.feeds`)."""

    platform: ClassVar[Platform] = Platform.MARKETPLACE
    in_order: ClassVar[bool] = False

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        return {claim.id: _file(claim) for claim in claims}

    async def find_existing(self, claim: Claim, prepared: File, gateways: Gateways, progress: Progress) -> Sent | None:
        """The feed of our file's name, or of exactly our rows. One that cannot be told apart yet, or may not show yet,
        is looked at later.
        """
        marketplace = gateways.marketplace
        for feed in await marketplace.feeds(prepared.kind, since=prepared.since - SKEW):
            if feed.feed_id not in prepared.known and await _is_ours(feed, prepared, marketplace):
                return Sent({"feed_id": feed.feed_id})
        tried = claim.progress.get("tried_at")
        if tried and timezone.now() - datetime.fromisoformat(tried) < VISIBLE_AFTER:
            raise Postponed(NOT_YET, side="Walmart")
        return None

    async def send(self, claim: Claim, prepared: File, gateways: Gateways, progress: Progress) -> Sent:
        await progress.save(tried_at=timezone.now().isoformat())
        feed_id = await gateways.marketplace.submit_feed(
            prepared.kind, prepared.lines, currency=prepared.currency, name=prepared.name
        )
        return Sent({"feed_id": feed_id})

    def apply(self, claim: Claim, result: Json) -> None:
        now = timezone.now()
        Feed.objects.filter(pk=claim.payload["feed"]).update(
            state=FeedProgress.SUBMITTED,
            feed_id=result["feed_id"],
            submitted_at=now,
            due_at=now + FIRST_LOOK,
            problem=None,
        )

    def stopped(self, claim: Claim, error: RemoteError | None, *, final: bool) -> None:
        feed = Feed.objects.get(pk=claim.payload["feed"])
        problem = failures.as_json(error or RuntimeError(claim.kind))
        if final:
            give_up(feed, problem, timezone.now(), in_doubt=claim.ambiguous or error is None)
        else:
            Feed.objects.filter(pk=feed.pk).update(problem=problem)


class SubmitStockFeed(SubmitFeed):
    name: ClassVar[str] = "submit_stock_feed"
    family: ClassVar[str] = "feed_stock"
    priority: ClassVar[int] = 4


class SubmitPriceFeed(SubmitFeed):
    name: ClassVar[str] = "submit_price_feed"
    family: ClassVar[str] = "feed_price"
    priority: ClassVar[int] = 8


def give_up(feed: Feed, problem: Json, now: datetime, *, in_doubt: bool = True) -> None:
    """The file is not sent any more: its levels go into the next one, after a while. `in_doubt`: it may have been
    taken all the same.
    """
    feed.state, feed.problem, feed.finished_at = FeedProgress.REFUSED, problem, now
    feed.save(update_fields=["problem", "state", "finished_at"])
    sql.execute(FREE, {"again": now + REFUSED_FOR, "carrier": feed.carrier, "in_doubt": in_doubt})


def file_name(feed: Feed) -> str:
    """Names the file for good: the feed is found by it when its answer was lost."""
    return f"channel-manager-{feed.kind}-{feed.store_id}-{feed.pk}-{feed.created_at:%Y%m%dT%H%M%S%f}.json"


def _file(claim: Claim) -> File | Skip:
    feed = Feed.objects.filter(pk=claim.payload["feed"], state=FeedProgress.WAITING).first()
    if feed is None or not ((claim.ambiguous and feed.rows.exists()) or _fill_anew(feed)):
        return Skip(NOTHING)
    rows = FeedRow.objects.filter(feed=feed).order_by("index").values_list("key", "value")
    known = Feed.objects.filter(store=feed.store_id).exclude(feed_id="").values_list("feed_id", flat=True)
    return File(
        name=file_name(feed),
        kind=FeedKind(feed.kind),
        lines=tuple(FeedLine(sku=key, value=value) for key, value in rows),
        currency=Store.objects.values_list("currency", flat=True).get(pk=feed.store_id),
        since=feed.created_at,
        known=frozenset(known.order_by("-id")[:1000]),
    )


def _fill_anew(feed: Feed) -> int:
    """The rows as things are now; how many. A feed without any has ended."""
    where = {"feed": feed.pk, "carrier": feed.carrier}
    for statement in (LOCK, LEAVE_OUT, CARRY, EMPTY):
        sql.execute(statement, where)
    feed.lines = sql.execute(ROWS, where)
    if not feed.lines:
        feed.state, feed.finished_at = FeedProgress.FINISHED, timezone.now()
    feed.save(update_fields=["lines", "state", "finished_at"])
    return feed.lines


async def _is_ours(found: FeedSummary, file: File, marketplace: Marketplace) -> bool:
    if found.file_name == file.name:
        return True
    if found.received not in (0, len(file.lines)):
        return False
    rows = (await marketplace.feed(found.feed_id, rows_from=0)).rows
    if not rows and not found.file_name:
        raise Ambiguous(
            say("Walmart has taken a feed that may be this one and does not show its rows yet."), side="Walmart"
        )
    return bool(rows) and all(row.index < len(file.lines) and row.sku == file.lines[row.index].sku for row in rows)
