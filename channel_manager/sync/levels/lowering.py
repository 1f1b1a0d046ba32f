"""Lowering stock before an operation frees units at the marketplace.

A shipped or cancelled unit is reserved at the marketplace until it is told; then the reservation ends, and the figure
that counted the unit in would sell it a second time (walmart-api §4.1). So the figure is lowered first. The units stay
taken off whatever else is sent, until the operation has ended, left no doubt whether they were freed, and the SKU was
measured after that: what is wanted until then counts them as held back.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

from channel_manager.ports.marketplace import Marketplace
from channel_manager.shared.errors import Ambiguous, RemoteError, Unavailable
from channel_manager.sync import levels, sql
from channel_manager.sync.kinds import Claim, Json
from channel_manager.sync.models import Level

LONGEST = timedelta(minutes=5)
IN_DOUBT = timedelta(minutes=10)
"""From the latest attempt that may have freed the units; the next one comes sooner."""
PATIENCE = 10.0
"""Seconds for lowering; the operation goes on without it then: it has a deadline, and the next measuring corrects."""
PAUSE = 0.2
TRIES = 3
log = logging.getLogger(__name__)

# The levels are locked first, in the order of their keys: a row that refers to one locks it weakly, and two of those
# would wait for each other.
LOWER = """
    WITH mine AS (
        SELECT level.id, wish.units FROM jsonb_to_recordset(%(units)s::jsonb) AS wish (key text, units integer)
        JOIN sync_level level ON level.store_id = %(store)s AND level.kind = 'stock' AND level.key = wish.key
        WHERE level.active AND level.wanted IS NOT NULL
        ORDER BY level.key COLLATE "C" FOR UPDATE OF level)
    INSERT INTO sync_lowering (level_id, operation_id, units, until)
    SELECT id, %(operation)s, units, now() + %(longest)s FROM mine
    ON CONFLICT (level_id, operation_id) DO UPDATE SET units = excluded.units, until = excluded.until
"""
# Free, or ours since an earlier attempt, or given to a feed or to an operation that nobody is sending: that one reads
# again first, and a feed's end sends once more what was sent past it. What either may have told the platform already is
# not known: the figure sent before it says nothing.
TAKE = f"""
    UPDATE sync_level level SET carrier = %(carrier)s, carried_at = now(),
        sent = CASE WHEN carrier LIKE 'feed:%%' OR EXISTS (
            SELECT 1 FROM sync_operation other
            WHERE other.key = level.carrier AND other.state IN ('waiting', 'sending') AND other.ambiguous)
        THEN NULL ELSE sent END
    WHERE id IN (
        SELECT mine.id FROM sync_lowering JOIN sync_level mine ON mine.id = level_id
        WHERE operation_id = %(operation)s ORDER BY mine.key COLLATE "C" FOR UPDATE OF mine)
      AND NOT EXISTS (
          SELECT 1 FROM sync_operation other
          WHERE other.state = 'sending' AND other.id <> %(operation)s AND carrier NOT LIKE 'feed:%%'
            AND (other.key = level.carrier OR 'lower:' || other.id = level.carrier))
    RETURNING key, least({levels.LOWERED}, sent) AS value, sent
"""  # noqa: S608 - composed of constants
BUSY = """
    SELECT count(*) AS busy FROM sync_lowering JOIN sync_level level ON level.id = level_id
    WHERE operation_id = %(operation)s AND level.carrier <> %(carrier)s
"""
# What was not answered, or was overtaken meanwhile, is not known.
TOLD = """
    UPDATE sync_level level
    SET sent = mine.value, sent_at = now(),
        dirty_since = CASE WHEN mine.value IS DISTINCT FROM wanted THEN coalesce(dirty_since, now()) END
    FROM (
        SELECT known.id, CASE WHEN known.carrier = %(carrier)s THEN answer.value END AS value
        FROM jsonb_to_recordset(%(values)s::jsonb) AS answer (key text, value numeric)
        JOIN sync_level known ON known.store_id = %(store)s AND known.kind = 'stock' AND known.key = answer.key
        ORDER BY known.key COLLATE "C" FOR UPDATE OF known
    ) AS mine
    WHERE level.id = mine.id
"""
RELEASE = """
    UPDATE sync_level SET carrier = '', carried = NULL, carried_at = NULL
    WHERE id IN (SELECT id FROM sync_level WHERE carrier = %s ORDER BY key COLLATE "C" FOR UPDATE)
"""
ABANDON = f"""
    UPDATE sync_level SET {levels.UNSURE}
    WHERE id IN (SELECT id FROM sync_level WHERE carrier = %s ORDER BY key COLLATE "C" FOR UPDATE)
"""  # noqa: S608 - composed of constants
MINE = """
    SELECT level.store_id, level.key FROM sync_lowering JOIN sync_level level ON level.id = level_id
    WHERE operation_id = %s
"""
GIVE_UP = "DELETE FROM sync_lowering WHERE operation_id = %s"
PROLONG = "UPDATE sync_lowering SET until = now() + %s WHERE operation_id = %s"


def followed(store_id: int, skus: Iterable[str]) -> frozenset[str]:
    """Those of the SKUs whose stock follows Commerce: the others need no lowering. In a transaction."""
    kept = Level.objects.filter(store=store_id, kind=levels.STOCK, active=True, key__in=set(skus))
    return frozenset(kept.values_list("key", flat=True))


async def lower(claim: Claim, units: Mapping[str, int], marketplace: Marketplace) -> None:
    """State what will be left of these SKUs once the units are freed. No refusal of it stops the operation, which has
    its deadline. Does nothing for SKUs whose stock does not follow. Raises LOST when the database is gone.
    """
    if not units or not await sql.in_transaction(_note)(claim, units):
        return
    try:
        async with asyncio.timeout(PATIENCE):
            await _lower(claim, marketplace)
    except TimeoutError:
        log.warning("stock is not lowered before operation %s: it takes too long", claim.id)


def ended(operation_id: int) -> None:
    """The operation is done: its units stay taken off until the next measuring, which counts them as it finds them. In
    the transaction that finishes it.
    """
    sql.execute(ABANDON, [_carrier(operation_id)])
    found = sql.rows(MINE, [operation_id])
    if found:
        levels.doubt(found[0]["store_id"], [row["key"] for row in found])


def stopped(claim: Claim, error: RemoteError | None) -> None:
    """An attempt has failed. Where it may have freed the units all the same, they stay taken off until the next one."""
    in_doubt = error is None or isinstance(error, Ambiguous) or (claim.ambiguous and isinstance(error, Unavailable))
    if in_doubt:
        sql.execute(PROLONG, [IN_DOUBT, claim.id])
    else:
        ended(claim.id)
        sql.execute(GIVE_UP, [claim.id])


async def _lower(claim: Claim, marketplace: Marketplace) -> None:
    told: dict[str, Decimal | None] = {}
    try:
        while True:
            values, busy = await sql.in_transaction(_take)(claim)
            for sku, value in values.items():
                if sku not in told or told[sku] not in (None, value):
                    told[sku] = None  # until it is answered, nobody knows what stands there
                    told[sku] = await _tell(claim, sku, value, marketplace)
            if not busy:
                return
            await asyncio.sleep(PAUSE)
    finally:
        await sql.in_transaction(_release)(claim, told)


async def _tell(claim: Claim, sku: str, value: Decimal, marketplace: Marketplace) -> Decimal | None:
    """The value once it is answered, None when it is not."""
    for turn in range(1, TRIES + 1):
        try:
            await marketplace.set_stock(sku, int(value))
        except RemoteError as error:
            if turn == TRIES or not isinstance(error, Ambiguous | Unavailable):
                log.warning("stock of %s is not lowered before operation %s: %s", sku, claim.id, error)
                return None
            await asyncio.sleep(PAUSE * turn)
        else:
            return value
    return None


def _note(claim: Claim, units: Mapping[str, int]) -> int:
    """Take the units off whatever is sent from now on; of how many SKUs."""
    mine = [{"key": key, "units": count} for key, count in units.items()]
    where = {"store": claim.store_id, "operation": claim.id, "longest": LONGEST, "units": sql.json(mine)}
    return sql.execute(LOWER, where)


def _take(claim: Claim) -> tuple[dict[str, Decimal], bool]:
    """What to send first, by SKU, and whether some SKU is being told another value just now: again in a moment."""
    where: Json = {"operation": claim.id, "carrier": _carrier(claim.id)}
    found = sorted(sql.rows(TAKE, where), key=lambda row: str(row["key"]))
    busy = sql.rows(BUSY, where)[0]["busy"]
    return {row["key"]: row["value"] for row in found if row["value"] != row["sent"]}, bool(busy)


def _release(claim: Claim, told: Mapping[str, Decimal | None]) -> None:
    values = [{"key": key, "value": value} for key, value in told.items()]
    carrier = _carrier(claim.id)
    sql.execute(TOLD, {"values": sql.json(values), "store": claim.store_id, "carrier": carrier})
    sql.execute(RELEASE, [carrier])


def _carrier(operation_id: int) -> str:
    return f"lower:{operation_id}"
