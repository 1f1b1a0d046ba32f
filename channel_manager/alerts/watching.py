"""From what is so now to alerts: each raised once, each solved when it is so no more, and who is to be told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from channel_manager.alerts.conditions import LOOKS, MOST, Asked, Condition
from channel_manager.alerts.models import Channel, Notice
from channel_manager.alerts.rules import ladder
from channel_manager.alerts.rules.ladder import Kind
from channel_manager.stores.models import Store
from channel_manager.sync import sql, writer

ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('alerts.watching')) AS ours"
RAISE = """
    INSERT INTO alerts_alert (store_id, kind, subject, rung, name, sentence, due_at, raised_at)
    SELECT store_id, kind, subject, rung, name, sentence, due_at, %(now)s
    FROM jsonb_to_recordset(%(found)s::jsonb) AS found (
        store_id bigint, kind text, subject text, rung integer, name text, sentence jsonb, due_at timestamptz)
    ON CONFLICT (store_id, kind, subject, rung) WHERE solved_at IS NULL DO NOTHING
    RETURNING id, store_id, kind, rung
"""
# A deadline's earlier rung stays open with the later one, so that it is not told again.
SOLVE = """
    UPDATE alerts_alert alert SET solved_at = %(now)s
    WHERE solved_at IS NULL AND store_id = ANY(%(stores)s) AND kind = %(kind)s
      AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(%(found)s::jsonb) AS found (store_id bigint, subject text)
        WHERE found.store_id = alert.store_id AND found.subject = alert.subject)
    RETURNING id
"""
FORGET_UNTOLD = "DELETE FROM alerts_notice WHERE alert_id = ANY(%s) AND message_id IS NULL AND NOT is_solved"
TELL_SOLVED = """
    INSERT INTO alerts_notice (alert_id, channel_id, is_solved, created_at)
    SELECT DISTINCT notice.alert_id, notice.channel_id, true, %(now)s::timestamptz
    FROM alerts_notice notice
    JOIN alerts_channel channel ON channel.id = notice.channel_id
    JOIN alerts_alert alert ON alert.id = notice.alert_id
    WHERE notice.alert_id = ANY(%(solved)s) AND notice.message_id IS NOT NULL AND NOT notice.is_solved
      AND channel.tells_solved AND channel.is_active
      AND NOT EXISTS (
        SELECT FROM alerts_alert other
        WHERE other.store_id = alert.store_id AND other.kind = alert.kind AND other.subject = alert.subject
          AND other.solved_at IS NULL)
    ON CONFLICT DO NOTHING
"""


def watch(now: datetime) -> None:
    """Look at all stores, in a transaction; not twice at a time. A store that only reads tells of nothing but that."""
    if not sql.rows(ALONE)[0]["ours"]:
        return
    active = list(Store.objects.filter(is_active=True).values_list("pk", flat=True))
    resting = writer.read_only_among(active)
    channels = _channels(active)
    for kind, look in LOOKS.items():
        stores = [pk for pk in active if _is_looked_for(kind, channels[pk], reads_only=pk in resting)]
        if stores:
            _compare(kind, stores, list(look(_asked(stores, channels, now))), channels, now)


def _compare(
    kind: Kind, stores: Sequence[int], found: Sequence[Condition], channels: dict[int, list[Channel]], now: datetime
) -> None:
    records = sql.json([_record(one) for one in found])
    raised = sql.rows(RAISE, {"found": records, "now": now})
    Notice.objects.bulk_create(
        Notice(alert_id=row["id"], channel=channel, created_at=now)
        for row in raised
        for channel in channels[row["store_id"]]
        if ladder.hears(Kind(row["kind"]), row["rung"], kinds=channel.kinds, rungs=channel.rungs)
    )
    if len(found) < MOST:
        _solve(sql.rows(SOLVE, {"kind": kind, "stores": stores, "found": records, "now": now}), now)


def _solve(solved: Iterable[sql.Row], now: datetime) -> None:
    """What nobody was told of yet is not told at all."""
    ids = [row["id"] for row in solved]
    if ids:
        sql.execute(TELL_SOLVED, {"solved": ids, "now": now})
        sql.execute(FORGET_UNTOLD, [ids])


def _channels(stores: Collection[int]) -> dict[int, list[Channel]]:
    found: dict[int, list[Channel]] = defaultdict(list)
    for channel in Channel.objects.filter(store__in=stores, is_active=True).defer("address"):
        found[channel.store_id].append(channel)
    return found


def _is_looked_for(kind: Kind, channels: Iterable[Channel], *, reads_only: bool) -> bool:
    """In a copy of a database everything else is the business of its original."""
    if reads_only or kind is Kind.READ_ONLY:
        return kind is Kind.READ_ONLY
    return kind in ladder.ON_HOME or any(kind in channel.kinds for channel in channels)


def _asked(stores: Sequence[int], channels: dict[int, list[Channel]], now: datetime) -> Asked:
    rungs = {pk: {minutes for channel in channels[pk] for minutes in channel.rungs} for pk in stores}
    return Asked(stores=stores, rungs=rungs, now=now)


def _record(one: Condition) -> dict[str, object]:
    return {
        "store_id": one.store_id,
        "kind": one.kind,
        "subject": one.subject[:64],
        "rung": one.rung,
        "name": one.name[:64],
        "sentence": one.sentence.as_json(),
        "due_at": one.due_at,
    }
