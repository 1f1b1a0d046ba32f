"""Delivering the operations of a lane: claim, send concurrently, finish in bulk, until nothing is due."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Limit, Platform
from channel_manager.shared import http
from channel_manager.shared.errors import Ambiguous, Misconfigured, RemoteError, Unavailable
from channel_manager.shared.sentences import say
from channel_manager.sync import sql, wakeups
from channel_manager.sync.kinds import LeaseLost, OperationKind, Sent
from channel_manager.sync.lanes import limits
from channel_manager.sync.lanes.claim import LEASE, Claimed, claim, release
from channel_manager.sync.lanes.finish import Answer, finish
from channel_manager.sync.lanes.key import LaneKey

GatewaysFor = Callable[[int], Awaitable[Gateways]]

CONCURRENCY = 20
LONGEST_RUN = timedelta(seconds=10)
MARGIN = timedelta(seconds=10)
"""What is left of a lease when a send is given up, to write down so."""
log = logging.getLogger(__name__)

SAVE = """
    UPDATE sync_operation SET progress = progress || %s::jsonb, lease_until = clock_timestamp() + %s
    WHERE id = %s AND attempt = %s AND state = 'sending'
"""

_running: dict[LaneKey, asyncio.Event] = {}
"""Lanes that this process delivers; set when one is asked for again meanwhile."""


async def run(
    lane: LaneKey | str,
    kinds: Mapping[str, OperationKind],
    gateways_for: GatewaysFor,
    *,
    concurrency: int = CONCURRENCY,
    longest: timedelta = LONGEST_RUN,
) -> None:
    """Deliver until nothing is due, or for `longest`, after which the lane is woken again.

    One delivery of a lane at a time in a process; any number of processes.
    """
    key = LaneKey.parse(lane) if isinstance(lane, str) else lane
    if key in _running:
        _running[key].set()
        return
    _running[key] = asyncio.Event()
    delivery = Delivery(key, kinds, gateways_for, concurrency=concurrency, longest=longest, asked_again=_running[key])
    try:
        await delivery.run()
    finally:
        del _running[key]


class Delivery:
    """As many again as are being sent stand ready, so that no place is free while the database is asked."""

    def __init__(
        self,
        lane: LaneKey,
        kinds: Mapping[str, OperationKind],
        gateways_for: GatewaysFor,
        *,
        concurrency: int,
        longest: timedelta,
        asked_again: asyncio.Event,
    ) -> None:
        self._lane = lane
        self._kinds = {
            name: kind for name, kind in kinds.items() if (kind.platform, kind.family) == (lane.platform, lane.family)
        }
        self._gateways_for = gateways_for
        self._most = 2 * concurrency
        self._places = asyncio.Semaphore(concurrency)
        self._ends_at = time.monotonic() + longest.total_seconds()
        self._asked_again = asked_again
        self._sending: dict[asyncio.Task[Answer | None], Attempt] = {}
        self._is_down = False

    async def run(self) -> None:
        gateways = await self._open()
        if gateways is None:
            return
        try:
            while await self._fill(gateways) or self._is_asked_again:
                await self._settle()
        except BaseException:
            await self._abandon()
            raise
        if self._is_over:
            await sql.in_transaction(wakeups.wake)([self._lane])

    async def _open(self) -> Gateways | None:
        try:
            return await self._gateways_for(self._lane.store_id)
        except Exception as error:
            ours = not isinstance(error, RemoteError)
            log.warning("store %s: %s", self._lane.store_id, error, exc_info=error if ours else None)
            await sql.in_transaction(limits.hold)(self._lane, error)
            return None

    async def _fill(self, gateways: Gateways) -> int:
        """Claim as many as there is room for; how many are being sent or stand ready."""
        room = self._most - len(self._sending)
        asked = self._asked_again.is_set()
        self._asked_again.clear()
        if room and not self._is_over and (asked or room * 4 >= self._most):
            taken = await sql.in_transaction(claim)(self._lane, self._kinds, self._limit(gateways), room)
            self._is_down = self._is_down and not taken
            for one in taken:
                attempt = Attempt(one)
                self._sending[asyncio.create_task(self._send(attempt, gateways))] = attempt
        return len(self._sending)

    async def _send(self, attempt: "Attempt", gateways: Gateways) -> Answer | None:
        """None when it was not sent after all, since the platform went down meanwhile, or is not ours any more."""
        async with self._places:
            if self._is_down:
                return None
            answer = await send(attempt, gateways)
        if answer is not None and isinstance(answer.error, Unavailable | Misconfigured):
            self._is_down = True
        return answer

    async def _settle(self) -> None:
        """Wait for an answer, or for being asked again; record all that have come."""
        if not self._sending:
            return
        asked = asyncio.create_task(self._asked_again.wait())
        done, _ = await asyncio.wait((*self._sending, asked), return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        ended = {task: attempt for task, attempt in self._sending.items() if task in done}
        await self._record([task.result() for task in ended], [a for a in ended.values() if not a.started])
        for task in ended:
            del self._sending[task]

    async def _abandon(self) -> None:
        """Record what was answered, give the rest back: it is looked for before it is repeated."""
        for task in self._sending:
            task.cancel()
        ends = await asyncio.gather(*self._sending, return_exceptions=True)
        lost = [
            attempt for attempt, end in zip(self._sending.values(), ends, strict=True) if not isinstance(end, Answer)
        ]
        await self._record([end for end in ends if isinstance(end, Answer)], lost)

    async def _record(self, answers: Sequence[Answer | None], unanswered: Sequence["Attempt"]) -> None:
        held = [answer for answer in answers if answer is not None]
        if held:
            await sql.in_thread(finish)(self._lane, held)
        if unanswered:
            await sql.in_transaction(release)([(attempt.one.claim, attempt.started) for attempt in unanswered])

    def _limit(self, gateways: Gateways) -> Limit | None:
        platform = gateways.marketplace if self._lane.platform is Platform.MARKETPLACE else gateways.commerce
        return platform.limits.get(self._lane.family)

    @property
    def _is_asked_again(self) -> bool:
        return self._asked_again.is_set() and not self._is_over

    @property
    def _is_over(self) -> bool:
        return time.monotonic() > self._ends_at


async def send(attempt: "Attempt", gateways: Gateways) -> Answer | None:
    """One attempt on the wire; None when another worker has taken it over."""
    one = attempt.one
    attempt.started = True
    if one.result is not None:
        return Answer(of=one, sent=Sent(one.result), found=True)
    with http.recording() as exchanges:
        try:
            return replace(await attempt.make(gateways), exchanges=exchanges)
        except LeaseLost:
            return None
        except (TimeoutError, *sql.LOST) as error:
            doubt = Ambiguous(say("The attempt was broken off: %(reason)s", reason=str(error) or "it took too long"))
            return Answer(of=one, error=doubt, looked=attempt.looked, exchanges=exchanges)
        except Exception as error:
            if not isinstance(error, RemoteError):
                log.exception("operation %s failed", one.claim.id)
            return Answer(of=one, error=error, looked=attempt.looked, exchanges=exchanges)


class Attempt:
    """One attempt in the making, and the checkpoints that its kind saves."""

    def __init__(self, one: Claimed) -> None:
        self.one = one
        self.started = False
        self.looked = False
        self._clock = asyncio.timeout_at(_lease_ends())

    async def make(self, gateways: Gateways) -> Answer:
        kind, claim_, prepared = self.one.kind, self.one.claim, self.one.prepared
        async with self._clock:
            if claim_.ambiguous:
                found = await kind.find_existing(claim_, prepared, gateways, self)
                self.looked = True
                if found is not None:
                    return Answer(of=self.one, sent=found, found=True, looked=True)
            return Answer(of=self.one, sent=await kind.send(claim_, prepared, gateways, self), looked=self.looked)

    async def save(self, **facts: Any) -> None:
        claim_ = self.one.claim
        parameters = [sql.json(facts), LEASE, claim_.id, claim_.attempt]
        if not await sql.in_transaction(sql.execute)(SAVE, parameters):
            raise LeaseLost
        self._clock.reschedule(_lease_ends())


def _lease_ends() -> float:
    """By the event loop's clock, with the margin taken off."""
    return asyncio.get_running_loop().time() + (LEASE - MARGIN).total_seconds()
