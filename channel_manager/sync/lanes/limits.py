"""Whether a lane may send now, and how much: its bucket, the platform's outages, the owner's pauses.

A bucket is kept at 80 % of what the platform allows, on the database's clock, so that all workers share it; at half of
that for a while after the platform has refused a call as one too many (walmart-api §7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from channel_manager.ports.messages import Budget, Limit, Platform
from channel_manager.shared.errors import Misconfigured
from channel_manager.sync import failures, policy, sql, wakeups
from channel_manager.sync.lanes.key import LaneKey

SHARE = 0.8
RESERVE = 0.05
"""Kept for what a person asked for, and at least one token."""
SMALLEST_WITH_RESERVE = 2.0
LONGEST_BLOCK = timedelta(minutes=10)
THROTTLED = 0.5
THROTTLED_FOR = timedelta(minutes=10)

MEASURE = """
    SELECT store.is_active AND store.confirmed_at IS NOT NULL AND copied.store_id IS NULL AS may_write, lane.id,
           lane.capacity,
           lane.refill_per_second, lane.outages, lane.blocked_until > now() AS blocked, pause.id AS pause_id,
           coalesce(lane.throttled_at > now() - %s, false) AS throttled,
           least(lane.capacity, lane.tokens + lane.refill_per_second * greatest(0,
               extract(epoch FROM clock_timestamp() - lane.measured_at)::float)) AS tokens
    FROM sync_lane lane
    JOIN stores_store store ON store.id = lane.store_id
    LEFT JOIN sync_read_only copied ON copied.store_id = lane.store_id
    LEFT JOIN sync_platform_pause pause ON pause.store_id = lane.store_id AND pause.platform = lane.platform
    WHERE lane.store_id = %s AND lane.platform = %s AND lane.family = %s
    FOR UPDATE OF lane
"""
CREATE = """
    INSERT INTO sync_lane (store_id, platform, family, tokens, capacity, refill_per_second)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (store_id, platform, family) DO NOTHING
"""
THROTTLE = "UPDATE sync_lane SET throttled_at = now() WHERE store_id = %s AND platform = %s AND family = %s"
ADAPT = "UPDATE sync_lane SET capacity = %s, refill_per_second = %s, tokens = %s, measured_at = now() WHERE id = %s"
SPEND = """
    UPDATE sync_lane SET tokens = greatest(0, least(capacity, %s)), measured_at = clock_timestamp() WHERE id = %s
"""
PROBE = """
    SELECT id FROM sync_platform_pause WHERE id = %s AND next_check_at <= now() FOR UPDATE SKIP LOCKED
"""
PROBED = "UPDATE sync_platform_pause SET next_check_at = now() + %s WHERE id = %s"
BLOCK = """
    UPDATE sync_lane SET outages = outages + 1, blocked_by = %s::jsonb, blocked_until = greatest(blocked_until, %s),
           tokens = CASE WHEN %s THEN 0 ELSE tokens END
    WHERE store_id = %s AND platform = %s AND family = %s
"""
BLOCK_UNTIL = "UPDATE sync_lane SET blocked_until = greatest(blocked_until, least(%s, now() + %s)) WHERE id = %s"
UNBLOCK = """
    UPDATE sync_lane SET outages = 0, blocked_by = NULL, blocked_until = NULL
    WHERE store_id = %s AND platform = %s AND family = %s
"""
BRING_FORWARD = """
    UPDATE sync_operation SET due_at = now()
    WHERE store_id = %s AND platform = %s AND family = %s AND state = 'waiting' AND due_at > now()
      AND error ->> 'class' = 'Unavailable'
"""
HELD_BACK = """
    SELECT lane.outages, pause.id IS NOT NULL AS paused
    FROM sync_lane lane
    LEFT JOIN sync_platform_pause pause
        ON pause.store_id = lane.store_id AND pause.platform = lane.platform AND pause.since < %s
    WHERE lane.store_id = %s AND lane.platform = %s AND lane.family = %s
"""
PAUSE = """
    INSERT INTO sync_platform_pause (store_id, platform, sentence, next_check_at) VALUES (%s, %s, %s::jsonb, %s)
    ON CONFLICT (store_id, platform) DO UPDATE
    SET sentence = excluded.sentence,
        next_check_at = greatest(sync_platform_pause.next_check_at, excluded.next_check_at)
"""
RESUMED = """
    WITH forward AS (
        UPDATE sync_operation SET due_at = now()
        WHERE store_id = %(store)s AND platform = %(platform)s AND state = 'waiting' AND due_at > now()
          AND error ->> 'class' = 'Misconfigured'
        RETURNING family)
    SELECT family FROM forward
    UNION
    SELECT family FROM sync_operation
    WHERE store_id = %(store)s AND platform = %(platform)s AND state = 'waiting' AND due_at <= now()
"""
A_REAL_OUTAGE = 3
"""Failures in a row after which what failed alone is brought forward when the platform is back."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many operations may be sent now. `ordinary` of them may be such that no person asked for."""

    total: int
    ordinary: int
    lane_id: int | None = None
    tokens: float = 0.0
    probed_pause_id: int | None = None


NOTHING = Allowance(0, 0)

_told: dict[tuple[int, Platform, str], Budget] = {}


def observe(store_id: int, platform: Platform, budget: Budget) -> None:
    """Note what the server told of its own bucket; the next delivery of the lane writes it, so that no sender waits."""
    key = (store_id, platform, budget.family)
    before = _told.get(key)
    if before is None or before.remaining is None or budget.remaining is None or budget.remaining < before.remaining:
        _told[key] = budget


def allow(lane: LaneKey, limit: Limit | None, wanted: int) -> Allowance:
    """Measure the lane and hold it until the transaction ends; `spend` what was used."""
    row = _measure(lane, limit)
    pause = row["pause_id"]
    if not row["may_write"] or row["blocked"] or (pause is not None and not sql.rows(PROBE, [pause])):
        return NOTHING
    if pause is not None or row["outages"]:
        wanted = 1
    if row["capacity"] is None:
        return Allowance(wanted, wanted, probed_pause_id=pause)
    tokens = _corrected(lane, row)
    reserve = max(1.0, RESERVE * row["capacity"]) if row["capacity"] >= SMALLEST_WITH_RESERVE else 0.0
    total = min(wanted, int(tokens))
    return Allowance(total, max(0, min(total, int(tokens - reserve))), row["id"], tokens, pause)


def spend(allowance: Allowance, used: int) -> None:
    if used and allowance.lane_id is not None:
        sql.execute(SPEND, [allowance.tokens - used, allowance.lane_id])
    if used and allowance.probed_pause_id is not None:
        sql.execute(PROBED, [policy.PAUSE, allowance.probed_pause_id])


def block(lane: LaneKey, error: Mapping[str, Any], *, retry_after: timedelta | None, now: datetime) -> None:
    """The platform could not be reached: the lane waits, instead of each of its operations by itself."""
    outages = sql.rows(
        "SELECT outages FROM sync_lane WHERE store_id = %s AND platform = %s AND family = %s FOR UPDATE", _where(lane)
    )[0]["outages"]
    until = policy.lane_opens(outages=outages + 1, now=now, retry_after=retry_after)
    sql.execute(BLOCK, [sql.json(error), until, retry_after is not None, *_where(lane)])


def throttle(lane: LaneKey) -> None:
    """The platform refused a call as one too many: others share the account's limit, so less is sent for a while."""
    sql.execute(THROTTLE, _where(lane))


def hold(lane: LaneKey, error: Exception) -> None:
    """The store's connection cannot even be opened."""
    now = sql.rows("SELECT now() AS now")[0]["now"]
    if isinstance(error, Misconfigured):
        pause(lane, error, until=now + policy.PAUSE)
        return
    sql.execute(CREATE, [*_where(lane), 0.0, None, 0.0])
    block(lane, failures.as_json(error), retry_after=None, now=now)


def reached(lane: LaneKey, *, claimed_at: datetime) -> None:
    """The platform answered an operation claimed at that time: what was held back until then goes on."""
    held_back = sql.rows(HELD_BACK, [claimed_at, *_where(lane)])[0]
    if held_back["outages"]:
        sql.execute(UNBLOCK, _where(lane))
        if held_back["outages"] >= A_REAL_OUTAGE:
            sql.execute(BRING_FORWARD, _where(lane))
        wakeups.wake([lane])
    if held_back["paused"]:
        resume(lane.store_id, lane.platform)


def pause(lane: LaneKey, error: Misconfigured, *, until: datetime) -> None:
    sql.execute(PAUSE, [lane.store_id, lane.platform, sql.json(error.sentence.as_json()), until])


def resume(store_id: int, platform: Platform) -> bool:
    """End a platform's pause, if there is one, and send what waited. Call it when its connection was repaired."""
    if not sql.execute("DELETE FROM sync_platform_pause WHERE store_id = %s AND platform = %s", [store_id, platform]):
        return False
    families = sql.rows(RESUMED, {"store": store_id, "platform": platform})
    wakeups.wake(LaneKey(store_id, platform, row["family"]) for row in families)
    return True


def _measure(lane: LaneKey, limit: Limit | None) -> sql.Row:
    found = sql.rows(MEASURE, [THROTTLED_FOR, *_where(lane)])
    if not found:
        sql.execute(CREATE, [*_where(lane), *_size(limit, throttled=False)])
        found = sql.rows(MEASURE, [THROTTLED_FOR, *_where(lane)])
    row = found[0]
    _full, capacity, refill = _size(limit, throttled=row["throttled"])
    if (row["capacity"], row["refill_per_second"]) != (capacity, refill):
        row |= {"capacity": capacity, "refill_per_second": refill, "tokens": min(row["tokens"] or 0.0, capacity or 0.0)}
        sql.execute(ADAPT, [capacity, refill, row["tokens"], row["id"]])
    return row


def _size(limit: Limit | None, *, throttled: bool) -> tuple[float, float | None, float]:
    """Tokens of a full bucket, its capacity, and what it gains a second."""
    if limit is None:
        return 0.0, None, 0.0
    share = SHARE * (THROTTLED if throttled else 1.0)
    capacity = max(1.0, limit.count * share)
    return capacity, capacity, limit.count * share / limit.seconds


def _corrected(lane: LaneKey, row: sql.Row) -> float:
    """The tokens, lowered to what the server says is left above the share that we leave alone (walmart-api §7)."""
    tokens: float = row["tokens"]
    told = _told.pop((lane.store_id, lane.platform, lane.family), None)
    if told is None or told.remaining is None:
        return tokens
    if told.remaining == 0 and told.replenished_at is not None:
        sql.execute(BLOCK_UNTIL, [told.replenished_at, LONGEST_BLOCK, row["id"]])
        return 0.0
    untouched = row["capacity"] * (1 / SHARE - 1)
    lowered: float = max(0.0, min(tokens, told.remaining - untouched))
    sql.execute(SPEND, [lowered, row["id"]])
    return lowered


def _where(lane: LaneKey) -> list[Any]:
    return [lane.store_id, lane.platform, lane.family]
