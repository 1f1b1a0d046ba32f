"""Working on a run: the marketplace's orders by kind of fulfilment, ours that it did not list, then Commerce's.

Cursor: `phase`, and `next` of a marketplace's list or `after`, the greatest id of what was read by id.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.documents import FoundOrders
from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Fulfilment, IncomingOrder
from channel_manager.reconciliation import comparing, findings, reading, runs
from channel_manager.reconciliation.models import ComparedOrder, Run
from channel_manager.reconciliation.reading import AT_ONCE, Wire
from channel_manager.reconciliation.rules.facts import live
from channel_manager.reconciliation.runs import Current
from channel_manager.shared.errors import Rejected, RemoteError
from channel_manager.stores.models import Store
from channel_manager.sync import sql
from channel_manager.sync.kinds import Json, LeaseLost

LONGEST = timedelta(seconds=30)
SHORTEST = timedelta(minutes=1)
NUMBER = re.compile(r"\d{9,20}")
"""A Walmart order number, as an external number may be somebody else's (walmart-api §0.2)."""
log = logging.getLogger(__name__)


async def work(
    run_id: int, gateways_for: Callable[[int], Awaitable[Gateways]], *, longest: timedelta = LONGEST
) -> None:
    """Go on with a run, at most for `longest`; the rest is due at once. A failure is kept on the run and not raised."""
    current = await sql.in_transaction(runs.claim)(run_id)
    if current is None:
        return
    try:
        wire = Wire(await gateways_for(current.store_id))
        ends_at = time.monotonic() + longest.total_seconds()
        while not await _step(current, wire):
            if time.monotonic() > ends_at:
                await sql.in_transaction(runs.release)(current)
                return
    except LeaseLost:
        return
    except asyncio.CancelledError:
        await sql.in_transaction(runs.release)(current)
        raise
    except Exception as error:
        ours = not isinstance(error, RemoteError)
        log.warning("reconciliation %s: %s", run_id, error, exc_info=error if ours else None)
        await sql.in_transaction(_failed)(current, error)


async def _step(current: Current, wire: Wire) -> bool:
    """One page; whether that was the last."""
    phases = _phases(current, wire)
    phase = current.cursor.get("phase", phases[0])
    if phase == "ours":
        done = await _ours(current, wire)
    elif phase == "commerce":
        done = await _commerce(current, wire)
    else:
        done = await _listed(current, wire, Fulfilment(phase))
    if not done:
        return False
    following = phases[phases.index(phase) + 1 :]
    if following:
        await sql.in_transaction(_move)(current, wire, {"phase": following[0]})
        return False
    await sql.in_transaction(runs.finished)(current)
    return True


def _phases(current: Current, wire: Wire) -> list[str]:
    return ["ours"] if current.numbers else [*wire.fulfilments, "ours", "commerce"]


async def _listed(current: Current, wire: Wire, fulfilment: Fulfilment) -> bool:
    """A page of the marketplace's list. A query of more orders than it shows is halved by when they were placed."""
    at = current.cursor.get("next")
    since, until = _moment(current.cursor.get("since")) or current.since, _moment(current.cursor.get("until"))
    async with asyncio.timeout(_limit()):
        page = await wire.page(fulfilment, since, at, until)
    half = ((until or current.until) - since) / 2
    if at is None and wire.most_orders and (page.total or 0) >= wire.most_orders and half > SHORTEST:
        following = {"since": since, "until": since + half}
    else:
        orders = reading.readable(page)
        for start in range(0, len(orders), AT_ONCE):
            await _compare(current, wire, orders[start : start + AT_ONCE])
        following = _following(page.next_cursor, at, since, until)
    if following:
        await sql.in_transaction(_move)(current, wire, {"phase": fulfilment, **following})
    return not following


def _following(next_cursor: str | None, at: str | None, since: datetime, until: datetime | None) -> Json:
    """The next page, else the rest of the period; empty at the end."""
    if next_cursor and next_cursor != at:
        return {"since": since, "until": until, "next": next_cursor}
    return {"since": until} if until else {}


async def _ours(current: Current, wire: Wire) -> bool:
    """Orders of the period that the marketplace did not list: a page may have moved while it was read."""
    found = await sql.in_transaction(_not_listed)(current)
    if found:
        await _compare(current, wire, (), unknown=[number for _, number in found])
        await sql.in_transaction(_move)(current, wire, {"phase": "ours", "after": found[-1][0]})
    return not found or current.numbers is not None


def _not_listed(current: Current) -> list[tuple[int, str]]:
    if current.numbers:
        return [(0, number) for number in current.numbers]
    orders = PurchaseOrder.objects.filter(
        store=current.store_id,
        ordered_at__gte=current.since,
        ordered_at__lte=current.settled_until,
        pk__gt=current.cursor.get("after", 0),
    ).exclude(number__in=ComparedOrder.objects.filter(run=current.id).values("number"))
    readable = orders.exclude(address={}).order_by("pk")
    return list(readable.values_list("pk", "number")[: AT_ONCE // 2])


async def _commerce(current: Current, wire: Wire) -> bool:
    """Orders of Commerce whose external number was not among those compared: unknown, or one too many."""
    async with asyncio.timeout(_limit()):
        found = await wire.created(current.since, current.cursor.get("after", 0))
    numbers = await sql.in_transaction(_unknown)(current, found)
    if numbers:
        await _compare(current, wire, (), unknown=numbers)
    await sql.in_transaction(_move)(current, wire, {"phase": "commerce", "after": found.last_id})
    return not found.more


def _unknown(current: Current, found: FoundOrders) -> list[str]:
    numbers = {
        order.external_number for order in live(found.orders, None) if NUMBER.fullmatch(order.external_number or "")
    }
    compared = ComparedOrder.objects.filter(run=current.id, number__in=numbers).values_list("number", flat=True)
    return sorted(numbers - set(compared))


async def _compare(
    current: Current, wire: Wire, orders: Sequence[IncomingOrder], *, unknown: Sequence[str] = ()
) -> None:
    async with asyncio.timeout(_limit()):
        seen = await comparing.look(wire, current.store_id, orders, unknown=unknown)
    await sql.in_transaction(_settle)(current, wire, seen)


def _settle(current: Current, wire: Wire, seen: comparing.Look) -> None:
    now = runs.hold(current, wire.counted())
    store = Store.objects.select_related("rules").get(pk=current.store_id)
    comparing.settle(store, current.id, seen, current.settled_until, now)
    Run.objects.filter(pk=current.id).update(**findings.count(current.id))


def _move(current: Current, wire: Wire, cursor: Json) -> None:
    runs.hold(current, wire.counted())
    runs.move(current, sql.decoded(sql.json(cursor)))


def _failed(current: Current, error: Exception) -> None:
    """A place in a list that the marketplace refuses, as one that is too old, is forgotten: the list begins anew."""
    if isinstance(error, Rejected) and "next" in current.cursor:
        runs.move(current, {name: value for name, value in current.cursor.items() if name != "next"})
    runs.failed(current, error)


def _limit() -> float:
    return runs.LEASE.total_seconds() - 10


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
