"""A buyer's wish to cancel is found by a reading of its own: whether it moves the order's modification date is unknown."""

from urllib.parse import parse_qs

from asgiref.sync import async_to_sync

from channel_manager import gateways
from channel_manager.sync import pulls, sql
from channel_manager.worker.streams import STREAMS


async def read(world, name):
    await sql.in_transaction(pulls.request)(world.store.pk, name)
    try:
        await pulls.run(STREAMS[name], world.store.pk, gateways.gateways_for, poll_seconds=0)
    finally:
        await gateways.close()


def test_a_request_is_found_by_the_date_of_the_order_alone(world):
    number = world.walmart.place_order(lines=[{"sku": "WHISK-11", "quantity": 1, "price": "9.99"}])
    world.settle()
    world.walmart.buyer_requests_cancel(number)
    world.walmart.clear_requests()
    async_to_sync(read)(world, "buyer_requests")
    assert [line.buyer_asked_to_cancel for line in world.order(number).lines.all()] == [True]
    asked = [parse_qs(sent["query"]) for sent in world.walmart.requests() if sent["path"] == "/v3/orders"]
    assert asked
    assert [query["lastModifiedStartDate"] for query in asked] == [query["createdStartDate"] for query in asked]
