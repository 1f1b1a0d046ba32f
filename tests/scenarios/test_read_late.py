"""What is read early and received late, or read late altogether, hides nothing from the other side."""

from datetime import UTC, datetime

from asgiref.sync import async_to_sync
from django.db import transaction
from test_life_of_an_order import UPS, in_commerce, place

from channel_manager import gateways
from channel_manager.returns.models import Status
from channel_manager.sync import delivery, pulls, sql
from channel_manager.worker.kinds import KINDS
from channel_manager.worker.streams import STREAMS


def with_gateways(awaited):
    """Run one thing on the wire; its connections end with it."""

    async def run():
        try:
            return await awaited()
        finally:
            await gateways.close()

    return async_to_sync(run)()


def deliver(world, *families):
    """What is due in these lanes, with nothing read before: “marketplace:cancel”."""

    async def run():
        for family in families:
            await delivery.run(f"{world.store.pk}:{family}", KINDS, gateways.gateways_for)

    with_gateways(run)


def read(world, stream):
    """One stream alone."""

    async def run():
        await sql.in_transaction(pulls.request)(world.store.pk, stream)
        await pulls.run(STREAMS[stream], world.store.pk, gateways.gateways_for, poll_seconds=0)

    with_gateways(run)


def fetched(world, stream):
    """A page that a worker holds and has not received yet."""

    async def run():
        ports = await gateways.gateways_for(world.store.pk)
        return await STREAMS[stream].fetch(world.store.pk, {}, ports, datetime.now(UTC))

    return with_gateways(run).page


def ship(world, number, quantities):
    world.ship(number, quantities, [UPS])
    deliver(world, "commerce:documents", "marketplace:ship")


def test_a_page_read_before_a_cancellation_and_received_after_it_hides_nothing_from_commerce(world):
    number = place(world, 3)
    ship(world, number, {"1": 1})
    older = fetched(world, "changes_seller")
    world.cancel(number, {"1": 1})
    deliver(world, "marketplace:cancel")
    with transaction.atomic():
        STREAMS["changes_seller"].receive(world.store.pk, older, datetime.now(UTC))
    assert world.order(number).lines.get().reported_cancelled == 0
    deliver(world, "commerce:documents")
    world.settle()
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2])], 1, 1)}
    assert in_commerce(world, number) == [(3, 1, 1, 2, 0)]


def test_walmarts_own_refund_is_followed_by_a_memo_although_commerces_shipment_is_read_after_it(world):
    world.store.rules.mirror_refunds = True
    world.store.rules.save()
    number = place(world, 2)
    ship(world, number, {"1": 2})
    rma = world.walmart.open_return(number, [("1", 2)], kind="keep_it")
    read(world, "returns")
    assert world.memos(number) == []
    world.settle()
    assert [units for _, units in world.memos(number)] == [[2]]
    assert world.returned(rma).status == Status.REFUNDED
