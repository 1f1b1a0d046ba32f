"""Values of which only the latest counts, such as stock and price: what is wanted, what was sent, what carries it.

A context measures and calls `want`; its dispatcher takes what is dirty and gives it to a carrier, an operation or a
feed, whose end is told with `carried` or `dropped`. Every function belongs into a transaction; levels are locked in the
order of their keys, which is also the order in which a delivery applies its answers (`subject`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction

from channel_manager.shared.sentences import Sentence
from channel_manager.sync import pulls, sql

STOCK, PRICE = "stock", "price"
TOUCHED = "stock_touched"
"""The stream that measures what is in doubt."""
NEW = "new_stock"
"""The stream that measures what has never been measured."""
SPACING = timedelta(seconds=0.3)
"""Between the beginnings of such runs: they ask the shop for a few SKUs, and what comes meanwhile goes together."""
NEVER = datetime.max.replace(tzinfo=UTC)

DOUBT = """
    INSERT INTO sync_doubt (store_id, key)
    SELECT %(store)s, key FROM unnest(%(keys)s::text[]) AS asked (key)
    WHERE EXISTS (
        SELECT 1 FROM sync_level level WHERE level.store_id = %(store)s AND kind = 'stock' AND level.key = asked.key)
"""
DOUBTED = """
    SELECT key, array_agg(id) AS ids FROM sync_doubt WHERE store_id = %s GROUP BY key ORDER BY min(id) LIMIT %s
"""
SETTLE = "DELETE FROM sync_doubt WHERE id = ANY(%s)"
CREATE = """
    INSERT INTO sync_level (store_id, kind, key, active)
    SELECT %s, %s, key, %s FROM unnest(%s::text[]) AS asked (key) ORDER BY key COLLATE "C"
    ON CONFLICT (store_id, kind, key) DO NOTHING
    RETURNING key
"""
ACTIVATE = """
    UPDATE sync_level SET active = %(active)s
    WHERE id IN (
        SELECT id FROM sync_level
        WHERE store_id = %(store)s AND kind = %(kind)s AND (%(keys)s::text[] IS NULL OR key = ANY(%(keys)s))
        ORDER BY key COLLATE "C" FOR UPDATE)
"""
LOCK = """
    SELECT id FROM sync_level WHERE store_id = %s AND kind = %s AND key = ANY(%s) ORDER BY key COLLATE "C" FOR UPDATE
"""
LOCK_IDS = 'SELECT id FROM sync_level WHERE id = ANY(%s) ORDER BY key COLLATE "C" FOR UPDATE'
LOCK_BOTH = """
    SELECT id FROM sync_level WHERE store_id = %s AND key = ANY(%s) ORDER BY kind DESC, key COLLATE "C" FOR UPDATE
"""
FORGET = """
    WITH lowered AS (DELETE FROM sync_lowering WHERE level_id = ANY(%(ids)s))
    DELETE FROM sync_level WHERE id = ANY(%(ids)s)
"""
# Most of what a sweep measures is as it was: no row is locked or written for that.
NEWS = """
    SELECT level.key
    FROM jsonb_to_recordset(%(values)s::jsonb) AS mine (key text, wanted numeric, urgent boolean, held jsonb)
    JOIN sync_level level ON level.store_id = %(store)s AND level.kind = %(kind)s AND level.key = mine.key
    WHERE mine.urgent OR level.measured_at IS NULL OR level.wanted IS DISTINCT FROM mine.wanted
       OR level.held IS DISTINCT FROM mine.held OR level.error IS NOT NULL AND mine.wanted = level.sent
       OR EXISTS (SELECT 1 FROM sync_lowering WHERE level_id = level.id)
       OR (level.dirty_since IS NULL)
          = (mine.wanted IS NOT NULL AND (mine.wanted IS DISTINCT FROM level.sent OR carrier <> ''))
"""
UNMEASURED = """
    SELECT key FROM sync_level
    WHERE store_id = %s AND kind = 'stock' AND wanted IS NULL AND key > %s ORDER BY key LIMIT %s
"""
# While something is on its way, what was sent before says nothing: a level stays dirty until it has arrived. What is
# urgent does not wait for the end of a feed that has another value; that feed's end sends it once more.
WANT = """
    UPDATE sync_level level
    SET wanted = mine.wanted, measured_at = coalesce(mine.asked_at, now()), held = mine.held,
        urgent = level.urgent AND level.dirty_since IS NOT NULL OR mine.urgent,
        again_at = CASE WHEN level.wanted IS DISTINCT FROM mine.wanted THEN NULL ELSE level.again_at END,
        error = CASE WHEN mine.wanted = level.sent THEN NULL ELSE level.error END,
        dirty_since = CASE WHEN mine.wanted IS NOT NULL AND (mine.wanted IS DISTINCT FROM level.sent OR carrier <> '')
            THEN coalesce(level.dirty_since, now()) END,
        sent = CASE WHEN passes THEN NULL ELSE level.sent END,
        carrier = CASE WHEN passes THEN '' ELSE level.carrier END,
        carried = CASE WHEN passes THEN NULL ELSE level.carried END,
        carried_at = CASE WHEN passes THEN NULL ELSE level.carried_at END
    FROM (
        SELECT known.id, value.*,
            value.urgent AND known.carrier LIKE 'feed:%%' AND known.carried IS DISTINCT FROM value.wanted AS passes
        FROM jsonb_to_recordset(%(values)s::jsonb) AS value (
            key text, wanted numeric, urgent boolean, held jsonb, asked_at timestamptz)
        JOIN sync_level known ON known.store_id = %(store)s AND known.kind = %(kind)s AND known.key = value.key
    ) AS mine
    WHERE level.id = mine.id AND (mine.asked_at IS NULL OR level.measured_at IS NULL
        OR level.measured_at <= mine.asked_at)
    RETURNING level.key, level.dirty_since IS NOT NULL AS dirty
"""
SENT = "SELECT key, sent FROM sync_level WHERE store_id = %s AND kind = %s AND key = ANY(%s)"
SEEN = """
    UPDATE sync_level level
    SET sent = mine.shown, dirty_since = CASE WHEN level.wanted IS DISTINCT FROM mine.shown AND level.wanted IS NOT NULL
            THEN coalesce(level.dirty_since, now()) END
    FROM jsonb_to_recordset(%(values)s::jsonb) AS mine (key text, shown numeric)
    WHERE level.store_id = %(store)s AND level.kind = %(kind)s AND level.key = mine.key AND level.carrier = ''
      AND (level.sent_at IS NULL OR level.sent_at < now() - %(settled)s) AND level.sent IS DISTINCT FROM mine.shown
    RETURNING level.key
"""
# What is wanted, less the units that are just being freed, and those that were freed after it was asked for: it counts
# them as held back still.
LOWERED = """
    greatest(level.wanted - coalesce((
        SELECT sum(units) FROM sync_lowering JOIN sync_operation operation ON operation.id = operation_id
        WHERE level_id = level.id AND CASE WHEN operation.state IN ('waiting', 'sending', 'failed') THEN until > now()
            ELSE operation.finished_at >= level.measured_at END), 0), 0)
"""
COUNTED = """
    DELETE FROM sync_lowering USING sync_level level, sync_operation operation
    WHERE level.store_id = %s AND level.kind = %s AND level.key = ANY(%s) AND level_id = level.id
      AND operation.id = operation_id AND operation.state IN ('done', 'skipped', 'settled')
      AND operation.finished_at < level.measured_at
"""
# Held stock may fall but does not rise; a held price stays.
ALLOWED = "(held IS NULL OR kind = 'stock' AND (sent IS NULL OR wanted < sent))"
# What is dirty and free, and not asked to wait.
READY = f"""
    store_id = %(store)s AND kind = %(kind)s AND active AND dirty_since IS NOT NULL AND carrier = ''
    AND (again_at IS NULL OR again_at <= now()) AND (sent IS NULL OR sent <> {LOWERED}) AND {ALLOWED}
"""
COUNT = f"""
    SELECT count(*) FILTER (WHERE urgent) AS urgent, count(*) AS total
    FROM (SELECT urgent FROM sync_level level WHERE {READY} ORDER BY urgent DESC LIMIT %(most)s) AS ready
"""  # noqa: S608 - composed of constants
TAKE = f"""
    UPDATE sync_level
    SET turns = turns + 1, carrier = kind || ':' || id || ':' || turns + 1, carried_at = now(), carried = wanted
    WHERE id IN (
        SELECT id FROM sync_level level WHERE {READY} AND (urgent OR NOT %(urgent)s)
        ORDER BY urgent DESC, dirty_since, id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
    RETURNING id, key, carrier, carried
"""  # noqa: S608 - composed of constants
LATEST = f"""
    UPDATE sync_level level SET carrier = mine.carrier, carried = {LOWERED}, carried_at = now()
    FROM jsonb_to_recordset(%s::jsonb) AS mine (id bigint, carrier text)
    WHERE level.id = mine.id AND level.carrier IN ('', mine.carrier) AND level.dirty_since IS NOT NULL AND active
      AND {ALLOWED}
    RETURNING level.id, level.carrier, level.key, level.carried
"""  # noqa: S608 - composed of constants
CARRIED = """
    UPDATE sync_level level
    SET sent = mine.value, sent_at = now(), carrier = '', carried = NULL, carried_at = NULL, error = NULL,
        again_at = NULL, urgent = level.urgent AND level.wanted IS DISTINCT FROM mine.value,
        dirty_since = CASE WHEN level.wanted IS DISTINCT FROM mine.value AND level.wanted IS NOT NULL THEN now() END
    FROM jsonb_to_recordset(%s::jsonb) AS mine (carrier text, value numeric)
    WHERE level.carrier = mine.carrier
"""
DROPPED = """
    UPDATE sync_level
    SET carrier = '', carried = NULL, carried_at = NULL, error = coalesce(%(error)s::jsonb, error),
        again_at = %(again)s, sent = CASE WHEN %(in_doubt)s THEN NULL ELSE sent END,
        dirty_since = CASE WHEN wanted IS NOT NULL AND (%(in_doubt)s OR wanted IS DISTINCT FROM sent)
            THEN coalesce(dirty_since, now()) END
    WHERE carrier = %(carrier)s
"""
# What was sent is not relied upon any more.
UNSURE = """
    sent = NULL, carrier = '', carried = NULL, carried_at = NULL,
    dirty_since = CASE WHEN wanted IS NOT NULL THEN coalesce(dirty_since, now()) END
"""
TROUBLED = "UPDATE sync_level SET error = %s::jsonb WHERE carrier = %s"
ABANDONED = f"""
    UPDATE sync_level SET {UNSURE}
    WHERE id IN (
        SELECT id FROM sync_level level
        WHERE carrier <> '' AND carrier NOT LIKE 'feed:%%' AND carried_at < now() - interval '1 minute'
          AND NOT EXISTS (
              SELECT 1 FROM sync_operation
              WHERE (key = level.carrier OR 'lower:' || id = level.carrier) AND state IN ('waiting', 'sending'))
        FOR UPDATE SKIP LOCKED)
"""  # noqa: S608 - composed of constants
MISTRUST = """
    UPDATE sync_level SET sent = NULL, dirty_since = CASE WHEN wanted IS NOT NULL THEN coalesce(dirty_since, now()) END
    WHERE store_id = %s AND kind = %s AND key = ANY(%s)
"""
RESEND = """
    UPDATE sync_level SET sent = NULL, again_at = NULL, dirty_since = coalesce(dirty_since, now())
    WHERE store_id = %s AND kind = %s AND key = ANY(%s) AND wanted IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A measured value; None where there is nothing to send. `held` says what a person must decide. One that was asked
    for before the level's latest one, by the database's clock, says nothing new.
    """

    key: str
    value: Decimal | None
    urgent: bool = False
    held: Sentence | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A level that was given to the carrier of this key."""

    level_id: int
    key: str
    carrier: str
    value: Decimal


def subject(store_id: int, key: str) -> str:
    """What operations on a level are about: a delivery's order of subjects is the order of keys."""
    return f"sku:{store_id}:{key}"[:64]


def create(store_id: int, kind: str, keys: Collection[str], *, active: bool) -> list[str]:
    """Keep levels of these keys from now on; those that are new. Only `active` ones are ever sent."""
    return [row["key"] for row in sql.rows(CREATE, [store_id, kind, active, list(keys)])] if keys else []


def activate(store_id: int, kind: str, *, active: bool, keys: Collection[str] | None = None) -> int:
    """Send these levels from now on, or not any more; all of the kind without `keys`. How many."""
    some = None if keys is None else list(keys)
    return sql.execute(ACTIVATE, {"store": store_id, "kind": kind, "active": active, "keys": some})


def forget(store_id: int, keys: Collection[str]) -> None:
    """Keep no level of these keys any more. What is being sent is sent."""
    if keys:
        found = [row["id"] for row in sql.rows(LOCK_BOTH, [store_id, list(keys)])]
        sql.execute(FORGET, {"ids": found})


def doubt(store_id: int, keys: Iterable[str]) -> None:
    """The stock of these SKUs may not be what it was: measure it as soon as possible. Those without level are ignored.

    For the transaction that records what changed it. The measuring is woken after it, since one that is being received
    may wait for what the transaction holds.
    """
    doubted = sorted(set(keys))
    if doubted and sql.execute(DOUBT, {"store": store_id, "keys": doubted}):
        transaction.on_commit(partial(_wake, store_id), robust=True)


def measure_new(store_id: int) -> None:
    """Levels have come that were never measured: do it soon, but not before what an order has touched."""
    transaction.on_commit(partial(_wake, store_id, NEW), robust=True)


def unmeasured(store_id: int, after: str, most: int) -> list[str]:
    """SKUs whose stock was never measured, in their order."""
    return [row["key"] for row in sql.rows(UNMEASURED, [store_id, after, most])]


def doubted(store_id: int, most: int) -> dict[str, list[int]]:
    """SKUs to be measured, the longest doubted first, with the doubts that measuring from now on will settle."""
    return {row["key"]: row["ids"] for row in sql.rows(DOUBTED, [store_id, most])}


def settle(doubts: Iterable[int]) -> None:
    """What was in doubt has been measured since."""
    sql.execute(SETTLE, [list(doubts)])


def want(store_id: int, kind: str, values: Sequence[Wanted]) -> list[str]:
    """Write down what was measured; the keys that this made dirty, or urgent ones that are dirty."""
    if not values:
        return []
    mine = [
        {
            "key": one.key,
            "wanted": one.value,
            "urgent": one.urgent,
            "held": one.held.as_json() if one.held else None,
            "asked_at": one.asked_at,
        }
        for one in values
    ]
    news = {row["key"] for row in sql.rows(NEWS, {"store": store_id, "kind": kind, "values": sql.json(mine)})}
    if not news:
        return []
    mine = [one for one in mine if one["key"] in news]
    sql.rows(LOCK, [store_id, kind, list(news)])
    found = sql.rows(WANT, {"store": store_id, "kind": kind, "values": sql.json(mine)})
    sql.execute(COUNTED, [store_id, kind, list(news)])
    return [row["key"] for row in found if row["dirty"]]


def seen(store_id: int, kind: str, shown: Mapping[str, Decimal], *, settled: timedelta) -> list[str]:
    """What the platform shows counts as sent; the keys where that was news. Left alone is what is under way, and what
    was sent less than `settled` ago, since platforms show it later.
    """
    sent = {row["key"]: row["sent"] for row in sql.rows(SENT, [store_id, kind, list(shown)])}
    values = [{"key": key, "shown": value} for key, value in shown.items() if key in sent and sent[key] != value]
    if not values:
        return []
    sql.rows(LOCK, [store_id, kind, [one["key"] for one in values]])
    found = sql.rows(SEEN, {"store": store_id, "kind": kind, "values": sql.json(values), "settled": settled})
    return [row["key"] for row in found]


def ready(store_id: int, kind: str, *, most: int) -> tuple[int, int]:
    """How many levels could be sent now, the urgent ones and all; counting stops at `most`."""
    row = sql.rows(COUNT, {"store": store_id, "kind": kind, "most": most})[0]
    return row["urgent"], row["total"]


def take(store_id: int, kind: str, *, most: int, urgent: bool = False) -> list[Taken]:
    """Give dirty levels to new carriers, one each, the urgent and the oldest first; `urgent` takes no others."""
    found = sql.rows(TAKE, {"store": store_id, "kind": kind, "most": most, "urgent": urgent})
    taken = [Taken(level_id=row["id"], key=row["key"], carrier=row["carrier"], value=row["carried"]) for row in found]
    return sorted(taken, key=lambda one: one.key)


def latest(carriers: Mapping[str, int]) -> dict[str, Taken]:
    """What each carrier is to take there as things are now, by carrier; `carriers` gives each one's level. A carrier
    that is missing in the answer has nothing to do any more.
    """
    mine = [{"id": level_id, "carrier": carrier} for carrier, level_id in carriers.items()]
    sql.rows(LOCK_IDS, [list(carriers.values())])
    found = sql.rows(LATEST, [sql.json(mine)])
    return {
        row["carrier"]: Taken(level_id=row["id"], key=row["key"], carrier=row["carrier"], value=row["carried"])
        for row in found
    }


def carried(values: Mapping[str, Decimal]) -> None:
    """The platform accepted these values, by carrier. What is wanted by now decides whether the level is dirty."""
    mine = [{"carrier": carrier, "value": value} for carrier, value in values.items()]
    sql.execute(CARRIED, [sql.json(mine)])


def troubled(carrier: str, error: Mapping[str, Any]) -> None:
    """The carrier did not get there yet, and goes on trying."""
    sql.execute(TROUBLED, [sql.json(error), carrier])


def dropped(
    carrier: str, *, error: Mapping[str, Any] | None = None, again_at: datetime | None = None, in_doubt: bool = False
) -> None:
    """The carrier has ended without getting there, or `in_doubt`. With an error and no time, only another value is
    tried.
    """
    again = NEVER if error and again_at is None else again_at
    where = {"carrier": carrier, "error": sql.optional_json(error), "again": again, "in_doubt": in_doubt}
    sql.execute(DROPPED, where)


def mistrust(store_id: int, kind: str, keys: Collection[str]) -> None:
    """The platform may show something else than was sent: send what is wanted, as far as it may be sent now."""
    sql.rows(LOCK, [store_id, kind, list(keys)])
    sql.execute(MISTRUST, [store_id, kind, list(keys)])


def resend(store_id: int, kind: str, keys: Collection[str]) -> None:
    """What was sent is not relied upon any more: send what is wanted again."""
    sql.rows(LOCK, [store_id, kind, list(keys)])
    sql.execute(RESEND, [store_id, kind, list(keys)])


def free_abandoned() -> int:
    """Take levels back from carriers that have ended without saying so; how many."""
    return sql.execute(ABANDONED)


def _wake(store_id: int, stream: str = TOUCHED) -> None:
    with transaction.atomic():
        pulls.bring_forward(store_id, [stream], spacing=SPACING)
