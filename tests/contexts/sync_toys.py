"""A toy platform, toy kinds and a toy stream for the real engine on real PostgreSQL."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from types import SimpleNamespace

from asgiref.sync import async_to_sync
from django.db import connection
from django.utils import timezone

from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.ports.messages import Platform
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store
from channel_manager.sync import delivery, outbox
from channel_manager.sync.kinds import OperationKind, Sent, Skip
from channel_manager.sync.lanes.key import LaneKey
from channel_manager.sync.models import SyncOperation


class Wire:
    """Both platforms of a store. `plan[subject]` holds what the next calls for a subject do: an error to raise before
    the effect, or ("lost", error) after it.
    """

    def __init__(self):
        self.limits = {}
        self.effects = []
        self.calls = []
        self.plan = defaultdict(list)
        self.busy = 0
        self.busiest = 0
        self.gate = None
        self.news = asyncio.Event()

    async def do(self, subject, note):
        self.calls.append(subject)
        self.news.set()
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await self._do(subject, note)
        finally:
            self.busy -= 1

    async def _do(self, subject, note):
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)
        step = self.plan[subject].pop(0) if self.plan[subject] else None
        if isinstance(step, Exception):
            raise step
        self.effects.append((subject, note))
        if isinstance(step, tuple):
            raise step[1]

    async def called(self, times):
        """Wait until that many calls have come."""
        while len(self.calls) < times:
            self.news.clear()
            await self.news.wait()

    async def look(self, subject, note):
        await asyncio.sleep(0)
        return (subject, note) in self.effects


class Toy(OperationKind):
    platform = Platform.MARKETPLACE
    family = "notes"

    async def find_existing(self, claim, prepared, gateways, progress):
        wire = self.wire(gateways)
        return Sent({"note": "found"}) if await wire.look(claim.subject, claim.payload.get("note")) else None

    async def send(self, claim, prepared, gateways, progress):
        await self.wire(gateways).do(claim.subject, claim.payload.get("note"))
        return Sent({"note": claim.payload.get("note")})

    def wire(self, gateways):
        return gateways.marketplace if self.platform is Platform.MARKETPLACE else gateways.commerce

    def apply(self, claim, result):
        record(claim.subject, "applied", say("Done"), store_id=claim.store_id, actor=Actor.RULE)

    def stopped(self, claim, error, *, final):
        kind = "failed" if final else "delayed"
        record(claim.subject, kind, say("Stopped"), store_id=claim.store_id, actor=Actor.RULE)


class Note(Toy):
    name = "note"


class Loose(Toy):
    name = "loose"
    in_order = False


class Shop(Toy):
    name = "shop"
    platform = Platform.COMMERCE
    family = "orders"


class Label(Toy):
    """Of another family than Note, on the same platform."""

    name = "label"
    family = "labels"


class Prepared(Toy):
    """Needs what its payload says; `prepare` refuses, skips or breaks."""

    name = "prepared"

    def prepare(self, claims):
        assert all(claim.payload.get("prepare") != "break" for claim in claims)
        return {
            claim.id: Skip(say("Nothing left to send")) if claim.payload.get("prepare") == "skip" else "ready"
            for claim in claims
        }


class Steps(Toy):
    """Saves a checkpoint between two effects; the first is not repeated once it is saved."""

    name = "steps"

    async def send(self, claim, prepared, gateways, progress):
        if "cart" not in claim.progress:
            await gateways.marketplace.do(claim.subject, "cart")
            await progress.save(cart=17)
        await gateways.marketplace.do(claim.subject, claim.payload.get("note"))
        return Sent({"cart": 17})


class Unapplied(Toy):
    """Its `apply` breaks until it is mended."""

    name = "unapplied"
    broken = True

    def apply(self, claim, result):
        if Unapplied.broken:
            raise ZeroDivisionError("apply")
        super().apply(claim, result)


KINDS = {kind.name: kind for kind in (Note(), Loose(), Shop(), Label(), Prepared(), Steps(), Unapplied())}
NOTES = "notes"


@dataclass
class World:
    store: Store
    marketplace: Wire = field(default_factory=Wire)
    commerce: Wire = field(default_factory=Wire)

    def __post_init__(self):
        self.gateways = SimpleNamespace(marketplace=self.marketplace, commerce=self.commerce)

    async def gateways_for(self, store_id):
        return self.gateways

    def lane(self, kind=Note):
        return LaneKey(self.store.id, kind.platform, kind.family)

    def ask(self, subject="order:1", note="a", kind=Note, key=None, **more):
        payload = {"note": note} | more.pop("payload", {})
        key = key or f"{kind.name}:{subject}:{note}"
        return outbox.enqueue(kind, store_id=self.store.id, subject=subject, key=key, payload=payload, **more)

    def deliver(self, kind=Note, **more):
        async_to_sync(delivery.run)(self.lane(kind), KINDS, self.gateways_for, **more)

    def delivery(self, kind=Note, concurrency=20):
        """A worker's delivery of its own, as another process would run it."""
        return delivery.Delivery(
            self.lane(kind),
            KINDS,
            self.gateways_for,
            concurrency=concurrency,
            longest=delivery.LONGEST_RUN,
            asked_again=asyncio.Event(),
        )

    def operation(self, operation_id):
        return SyncOperation.objects.get(id=operation_id)

    def states(self):
        return dict(SyncOperation.objects.order_by("id").values_list("id", "state"))

    def outcomes(self, operation_id):
        return list(self.operation(operation_id).attempts.order_by("number").values_list("outcome", flat=True))

    def hasten(self):
        """Let the time come for everything that waits."""
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sync_operation SET due_at = now() WHERE state = 'waiting'")
            cursor.execute("UPDATE sync_lane SET blocked_until = now() WHERE blocked_until IS NOT NULL")
            cursor.execute("UPDATE sync_platform_pause SET next_check_at = now()")
            cursor.execute("UPDATE sync_operation SET lease_until = now() - interval '1 s' WHERE state = 'sending'")


def jobs():
    """What waits to be worked on, by queueing lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' ORDER BY queueing_lock")
        return [row[0] for row in cursor.fetchall()]


def forget_jobs():
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


def make_store(name="Alice's shop", **changes):
    now = timezone.now()
    facts = {
        "name": name,
        "marketplace_url": "http://127.0.0.1:1",
        "marketplace_account": f"account of {name}",
        "marketplace_credentials": b"",
        "commerce_url": f"http://127.0.0.1:1/{name}",
        "commerce_credentials": b"",
        "store_code": "default",
        "store_view_id": 1,
        "website_code": "base",
        "confirmed_at": now,
        "orders_from": now,
    }
    return Store.objects.create(**facts | changes)
