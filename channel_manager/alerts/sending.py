"""Sending messages: claimed with a lease, sent on threads of their own, so that no order waits for a slow service."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from channel_manager.alerts import addresses, wire
from channel_manager.alerts.addresses import Address
from channel_manager.alerts.models import Channel, Message, MessageAttempt, MessageState
from channel_manager.alerts.rules import retrying
from channel_manager.shared.secrets import SecretsError
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync import sql

LEASE = timedelta(minutes=3)
LONGEST = 90.0
"""Seconds after which an attempt is given up; the services' own limits are shorter."""
AT_A_TIME = 4
BUG = say("The program made a mistake while it sent this.")
SLOW = say("No answer within %(seconds)s seconds.", seconds=int(LONGEST))
Send = Callable[[Address, str, str], None]
log = logging.getLogger(__name__)

CLAIM = """
    WITH due AS (
        SELECT message.id FROM alerts_message message
        JOIN alerts_channel channel ON channel.id = message.channel_id
        LEFT JOIN sync_read_only copied ON copied.store_id = channel.store_id
        WHERE message.state = 'waiting' AND message.due_at <= clock_timestamp()
          AND (message.lease_until IS NULL OR message.lease_until < clock_timestamp())
          AND (copied.store_id IS NULL OR message.is_vital)
        ORDER BY message.due_at LIMIT %s
        FOR UPDATE OF message SKIP LOCKED),
    claimed AS (
        UPDATE alerts_message message SET attempt = attempt + 1, lease_until = now() + %s
        FROM due WHERE message.id = due.id
        RETURNING message.id, message.attempt),
    written AS (
        INSERT INTO alerts_messageattempt (message_id, number, started_at) SELECT id, attempt, now() FROM claimed)
    SELECT id FROM claimed
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A message of ours to send now; without an address it cannot be."""

    id: int
    attempt: int
    title: str
    body: str
    address: Address | None


async def send_due(send: Send = wire.send) -> int:
    """Send what is due, a few at a time, until nothing is; how many were tried.

    A message may arrive twice when its worker is killed in the middle: that is better than not at all.
    """
    tried = 0
    while ready := await sql.in_transaction(claim)():
        tried += len(ready)
        threads = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="alerts")
        try:
            problems = await asyncio.gather(*(_try(one, send, threads) for one in ready))
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
        await sql.in_transaction(finish)(ready, problems, timezone.now())
    return tried


def claim() -> list[Ready]:
    """In a transaction."""
    ids = [row["id"] for row in sql.rows(CLAIM, [AT_A_TIME, LEASE])]
    found = Message.objects.filter(pk__in=ids).select_related("channel").order_by("due_at", "pk")
    return [
        Ready(id=one.pk, attempt=one.attempt, title=one.title, body=one.body, address=_address(one.channel))
        for one in found
    ]


def finish(ready: Sequence[Ready], problems: Sequence[Sentence | None], now: datetime) -> None:
    """In a transaction. A message that somebody else has claimed meanwhile is theirs."""
    for one, problem in zip(ready, problems, strict=True):
        message = Message.objects.select_for_update().filter(pk=one.id, attempt=one.attempt, state="waiting").first()
        tries = MessageAttempt.objects.filter(message=one.id, number=one.attempt)
        tries.update(finished_at=now, problem=problem and problem.as_json())
        if message is not None:
            _finish(message, problem, now)


def _finish(message: Message, problem: Sentence | None, now: datetime) -> None:
    again = retrying.next_try(message.attempt, now) if problem and not message.is_test else None
    message.lease_until = None
    if problem is None:
        message.state, message.finished_at = MessageState.SENT, now
    elif again is None:
        message.state, message.finished_at = MessageState.FAILED, now
    else:
        message.due_at = again
    message.save(update_fields=["state", "finished_at", "due_at", "lease_until"])


async def _try(one: Ready, send: Send, threads: ThreadPoolExecutor) -> Sentence | None:
    """What was wrong; None when it is sent."""
    if one.address is None:
        return say("Its address was sealed with another key. Enter it anew.")
    try:
        async with asyncio.timeout(LONGEST):
            await asyncio.get_running_loop().run_in_executor(threads, send, one.address, one.title, one.body)
    except wire.NotSent as refusal:
        return refusal.sentence
    except TimeoutError:
        return SLOW
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this message alone
        # Without its words: they may hold the address.
        log.error("alert %s could not be sent: %s", one.id, type(error).__name__)  # noqa: TRY400 - as above
        return BUG
    return None


def _address(channel: Channel) -> Address | None:
    try:
        return addresses.opened(channel)
    except SecretsError:
        return None
