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
from channel_manager.shared.errors import Ambiguous, RemoteError
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

_running: dict[LaneKey, bool] = {}
"""Lanes that this process delivers, and whether each was asked for again meanwhile."""


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
    _running[key] = key in _running
    if _running[key]:
        return
    try:
        await Delivery(key, kinds, gateways_for, concurrency=concurrency, longest=longest).run()
    finally:
        del _running[key]


class Delivery:
    def __init__(
        self,
        lane: LaneKey,
        kinds: Mapping[str, OperationKind],
        gateways_for: GatewaysFor,
        *,
        concurrency: int,
        longest: timedelta,
    ) -> None:
        self._lane = lane
        self._kinds = {
            name: kind for name, kind in kinds.items() if (kind.platform, kind.family) == (lane.platform, lane.family)
        }
        self._gateways_for = gateways_for
        self._concurrency = concurrency
        self._ends_at = time.monotonic() + longest.total_seconds()
        self._sending: dict[asyncio.Task[Answer | None], Claimed] = {}

    async def run(self) -> None:
        gateways = await self._open()
        if gateways is None:
            return
        try:
            while await self._fill(gateways) or self._asked_again():
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
        """Claim and begin as many as are free; how many are being sent."""
        free = self._concurrency - len(self._sending)
        if free and not self._is_over:
            taken = await sql.in_transaction(claim)(self._lane, self._kinds, self._limit(gateways), free)
            for one in taken:
                self._sending[asyncio.create_task(send(one, gateways))] = one
        return len(self._sending)

    def _asked_again(self) -> bool:
        asked = _running[self._lane] and not self._is_over
        _running[self._lane] = False
        return asked

    async def _settle(self) -> None:
        """Wait for an answer, then record all that have come."""
        if not self._sending:
            return
        done, _ = await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
        answers = [task.result() for task in done]
        await self._finish(answers)
        for task in done:
            del self._sending[task]

    async def _abandon(self) -> None:
        """Record what was answered, give the rest back: it is looked for before it is repeated."""
        for task in self._sending:
            task.cancel()
        ended = await asyncio.gather(*self._sending, return_exceptions=True)
        lost = [
            one.claim for one, end in zip(self._sending.values(), ended, strict=True) if isinstance(end, BaseException)
        ]
        await self._finish([end for end in ended if not isinstance(end, BaseException)])
        await sql.in_transaction(release)(lost)

    async def _finish(self, answers: Sequence[Answer | None]) -> None:
        held = [answer for answer in answers if answer is not None]
        if held:
            await sql.in_thread(finish)(self._lane, held)

    def _limit(self, gateways: Gateways) -> Limit | None:
        platform = gateways.marketplace if self._lane.platform is Platform.MARKETPLACE else gateways.commerce
        return platform.limits.get(self._lane.family)

    @property
    def _is_over(self) -> bool:
        return time.monotonic() > self._ends_at


async def send(one: Claimed, gateways: Gateways) -> Answer | None:
    """One attempt on the wire; None when another worker has taken it over."""
    if one.result is not None:
        return Answer(of=one, sent=Sent(one.result), found=True)
    with http.recording() as exchanges:
        attempt = Attempt(one)
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
        self._one = one
        self._clock = asyncio.timeout((LEASE - MARGIN).total_seconds())
        self.looked = False

    async def make(self, gateways: Gateways) -> Answer:
        kind, claim_, prepared = self._one.kind, self._one.claim, self._one.prepared
        async with self._clock:
            if claim_.ambiguous:
                found = await kind.find_existing(claim_, prepared, gateways, self)
                self.looked = True
                if found is not None:
                    return Answer(of=self._one, sent=found, found=True, looked=True)
            return Answer(of=self._one, sent=await kind.send(claim_, prepared, gateways, self), looked=self.looked)

    async def save(self, **facts: Any) -> None:
        claim_ = self._one.claim
        parameters = [sql.json(facts), LEASE, claim_.id, claim_.attempt]
        if not await sql.in_transaction(sql.execute)(SAVE, parameters):
            raise LeaseLost
        self._clock.reschedule(asyncio.get_running_loop().time() + (LEASE - MARGIN).total_seconds())
