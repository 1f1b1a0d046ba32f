"""The courier: takes events as they happen, and delivers them in the background until they arrive or are dropped."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from itertools import groupby
from typing import Any

import aiohttp
from aiohttp import web

from channel_simulators.walmart.notifications import post
from channel_simulators.walmart.notifications.state import DELIVERED, DROPPED, WAITING, Delivery, Subscription
from channel_simulators.walmart.world import WORLD, World

MINUTE = 60_000
NEVER = 2**62
KEPT = 2000
"""Deliveries that are done and still shown."""


class Courier:
    """Only its task touches the network, so that no call of the API waits for a receiver or fails with it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._held = world.state.notifications
        self._waiting = {key: one for key, one in self._held.deliveries.items() if one.outcome == WAITING}
        self._flights: set[asyncio.Task[None]] = set()
        self._flying: set[str] = set()
        self._woken = asyncio.Event()
        self._landed = asyncio.Event()

    def tell(self, partner_id: str, event_type: str, payload: Mapping[str, Any]) -> None:
        """A listener of the world: one delivery for each active subscription, and its copies."""
        options, now = self._held.options, self._world.now()
        concerned = [
            subscription
            for subscription in self._held.subscriptions.values()
            if (subscription.partner_id, subscription.event_type) == (partner_id, event_type)
            and subscription.status == "ACTIVE"
        ]
        if not concerned:
            return
        event_id, body = post.envelope(event_type, payload, now)
        for subscription in concerned * max(1, options.copies):
            self._add(subscription, event_id, body, now + round(options.delay_seconds * 1000))

    def _add(self, subscription: Subscription, event_id: str, body: str, due_at: int) -> None:
        delivery = Delivery(
            delivery_id=str(uuid.uuid4()),
            event_id=event_id,
            event_type=subscription.event_type,
            subscription_id=subscription.subscription_id,
            partner_id=subscription.partner_id,
            body=body,
            due_at=due_at,
        )
        self._held.deliveries[delivery.delivery_id] = delivery
        self._expect(delivery)
        self._forget_oldest()

    def redeliver(self, delivery: Delivery) -> None:
        """Once more, now, whatever became of it. Raise ValueError for one that is on its way."""
        if delivery.delivery_id in self._flying:
            raise ValueError(f"The delivery {delivery.delivery_id} is on its way.")
        delivery.outcome, delivery.due_at, delivery.failures = WAITING, self._world.now(), 0
        self._expect(delivery)

    def _expect(self, delivery: Delivery) -> None:
        self._waiting[delivery.delivery_id] = delivery
        self._world.look_again()
        self._world.changed()
        self._woken.set()

    def _forget_oldest(self) -> None:
        done = len(self._held.deliveries) - len(self._waiting) - KEPT
        if done > 0:
            old = [key for key, one in self._held.deliveries.items() if one.outcome != WAITING][:done]
            for key in old:
                del self._held.deliveries[key]

    def look(self, _world: World, now: int) -> int:
        """A duty of the world: the clock may have been moved to where something is due."""
        if self._due(now):
            self._woken.set()
        return min((one.due_at for one in self._waiting.values() if one.due_at > now), default=NEVER)

    def _due(self, now: int) -> list[Delivery]:
        return [one for key, one in self._waiting.items() if one.due_at <= now and key not in self._flying]

    async def settle(self) -> None:
        """Return when nothing is due or on its way."""
        while self._flying or self._due(self._world.now()):
            self._landed.clear()
            await self._landed.wait()

    async def run(self) -> None:
        """Until cancelled; what is on its way then is delivered after the next start."""
        async with post.session() as session:
            try:
                while True:
                    self._woken.clear()
                    self._send(session, self._due(self._world.now()))
                    await self._sleep()
            finally:
                for flight in self._flights:
                    flight.cancel()
                await asyncio.gather(*self._flights, return_exceptions=True)

    async def _sleep(self) -> None:
        now = self._world.now()
        next_due = min((one.due_at for key, one in self._waiting.items() if key not in self._flying), default=NEVER)
        seconds = None if next_due == NEVER else max(0.0, (next_due - now) / 1000)
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    def _send(self, session: aiohttp.ClientSession, due: list[Delivery]) -> None:
        """Side by side for different subscriptions: a slow receiver delays only itself."""
        ordered = due[::-1] if self._held.options.order == "reversed" else due
        ordered.sort(key=lambda one: one.subscription_id)
        for _, burst in groupby(ordered, key=lambda one: one.subscription_id):
            deliveries = list(burst)
            self._flying |= {one.delivery_id for one in deliveries}
            flight = asyncio.create_task(self._fly(session, deliveries))
            self._flights.add(flight)
            flight.add_done_callback(self._flights.discard)

    async def _fly(self, session: aiohttp.ClientSession, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            subscription = self._held.subscriptions.get(delivery.subscription_id)
            if subscription is None or subscription.status != "ACTIVE":
                delivery.outcome = DROPPED
            else:
                at = self._world.now()
                made = await post.attempt(session, subscription, delivery.body, self._held.options, at=at)
                delivery.attempts.append(made)
                self._conclude(delivery, arrived=post.succeeded(made))
            self._land(delivery)

    def _conclude(self, delivery: Delivery, *, arrived: bool) -> None:
        """After a failure again in 5, 15, 45 minutes, then never (walmart-api §6.4)."""
        pauses = self._held.options.retry_minutes
        if arrived:
            delivery.outcome = DELIVERED
        elif delivery.failures >= len(pauses):
            delivery.outcome = DROPPED
        else:
            delivery.due_at = self._world.now() + round(pauses[delivery.failures] * MINUTE)
            delivery.failures += 1

    def _land(self, delivery: Delivery) -> None:
        self._flying.discard(delivery.delivery_id)
        if delivery.outcome != WAITING:
            self._waiting.pop(delivery.delivery_id, None)
        self._world.look_again()
        self._world.changed()
        self._woken.set()
        self._landed.set()


COURIER = web.AppKey("courier", Courier)


async def courier(app: web.Application) -> AsyncIterator[None]:
    """For `cleanup_ctx`: the courier works as long as the server runs."""
    task = asyncio.create_task(app[COURIER].run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def attach(app: web.Application) -> None:
    world = app[WORLD]
    app[COURIER] = Courier(world)
    world.listeners.append(app[COURIER].tell)
    world.duties.append(app[COURIER].look)
    app.cleanup_ctx.append(courier)
