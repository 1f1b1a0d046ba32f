"""Many orders and shipments at once, in a simulated shop."""

from datetime import timedelta

import aiohttp
import pytest
from commerce_shop import connect, imported

from channel_manager.connectors.adobe_commerce import bulk
from channel_manager.ports.documents import NewShipment
from channel_simulators.commerce.server import CommerceServer


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
async def platform(shop):
    async with aiohttp.ClientSession() as session:
        yield connect(session, shop)


def ids(found):
    return [order.order_id for order in found.orders]


async def test_orders_are_found_by_id_and_unknown_ones_are_absent(platform):
    first, second = [await imported(platform, number=number, quantity=1) for number in ("111111111", "222222222")]
    found = await platform.orders_by_id([second.order_id, 999, first.order_id])
    assert ids(found) == [first.order_id, second.order_id]
    assert found.orders[0] == first
    assert ids(await platform.orders_by_id([])) == []


async def test_all_orders_that_carry_a_number_are_found_oldest_first(platform):
    first, other, second = [
        await imported(platform, number=number, quantity=1) for number in ("111111111", "222222222", "111111111")
    ]
    assert ids(await platform.orders_by_number(["111111111", "333333333"])) == [first.order_id, second.order_id]
    assert ids(await platform.orders_by_number(["222222222", "with,comma"])) == [other.order_id]


async def test_orders_created_since_a_moment_come_in_pages_by_id(platform):
    made = [await imported(platform, number=f"{number:09}", quantity=1) for number in range(3)]
    since = made[0].created_at - timedelta(seconds=5)
    first = await platform.orders_created(since=since, after_id=0, limit=2)
    rest = await platform.orders_created(since=since, after_id=first.last_id, limit=2)
    assert (ids(first), first.more) == ([order.order_id for order in made[:2]], True)
    assert (ids(rest), rest.more) == ([made[2].order_id], False)
    assert ids(await platform.orders_created(since=made[2].created_at + timedelta(hours=1), after_id=0)) == []


async def test_shipments_of_several_orders_are_read_in_one_call(platform, shop):
    orders = [await imported(platform, number=f"{number:09}", quantity=2) for number in range(3)]
    for order in orders[:2]:
        parcel = NewShipment(quantities={order.items[0].item_id: 1}, tracks=(), comment="", marker="m")
        await platform.ship(order.order_id, parcel)
        await platform.ship(order.order_id, parcel)
    shop.control.clear_requests()

    found = await platform.shipments_of_orders([order.order_id for order in orders])

    assert [one.order_id for one in found] == [orders[0].order_id] * 2 + [orders[1].order_id] * 2
    assert len(shop.control.requests()) == 1


async def test_an_order_that_cannot_be_understood_hides_no_other_and_is_told():
    async def read(query):
        return [] if "gt" in query and "value%5D=0" not in query else [{"entity_id": 5, "increment_id": "000005"}]

    found = await bulk.orders_by_id(read, [5])
    assert found.orders == ()
    assert [document.document_id for document in found.unreadable] == [5]
