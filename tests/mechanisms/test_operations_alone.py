"""What protects single operations, between both simulators: each test fails when its mechanism alone is removed
(`mechanisms.py` names it). The answer that gets lost is always that of a call which could be executed once more.
"""

import asyncio
from decimal import Decimal

import pytest
from aiohttp import web
from asgiref.sync import async_to_sync

from channel_manager import gateways
from channel_manager.ports.messages import Reason
from channel_manager.stores.models import OrderRules
from channel_manager.sync import delivery, sql
from channel_manager.worker.kinds import KINDS
from tests.scenarios.test_life_of_an_order import UPS, first_skus, in_commerce, place

D = Decimal


def lose(control, method, path):
    control.faults_add("lost_reply", method=method, path=path)


def deliver(world, *, times=4):
    """What is due, again and again as if time had passed, and nothing is read meanwhile that might tell of it."""

    async def run():
        for lane in await sql.in_transaction(world.due)():
            await delivery.run(lane, KINDS, gateways.gateways_for)
        await gateways.close()

    for _ in range(times):
        async_to_sync(run)()
        world.hurry()


def shipped(world, units):
    number = place(world, units)
    world.ship(number, {"1": units}, [UPS])
    world.settle()
    return number


def test_a_cart_is_placed_once_though_the_answer_was_lost(world):
    lose(world.commerce, "PUT", r"/carts/\d+/order")
    place(world, 2)
    assert len(world.commerce.orders()) == 1


def test_an_order_that_commerce_has_is_not_made_again(world):
    number = place(world, 2)
    world.order(number).delete()
    world.settle()
    assert len(world.commerce.orders()) == 1


def test_a_parcel_is_made_in_commerce_once_though_the_answer_was_lost(world):
    number = place(world, 3)
    lose(world.commerce, "POST", "/ship$")
    world.ship(number, {"1": 1}, [UPS])
    deliver(world)
    assert in_commerce(world, number) == [(3, 1, 0, 0, 0)]


def test_a_parcel_whose_answer_was_lost_is_known_when_the_feed_tells_of_it(world):
    number = place(world, 3)
    lose(world.commerce, "POST", "/ship$")
    world.ship(number, {"1": 1}, [UPS])
    world.settle()
    assert [shipment.commerce_shipment_id for shipment in world.order(number).shipments.all()] == [1]


def test_a_parcel_is_reported_once_though_the_answer_was_lost(world):
    number = place(world, 3)
    lose(world.walmart, "POST", "/shipping")
    world.ship(number, {"1": 1}, [UPS])
    deliver(world)
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2])], 0, 2)}


def test_units_are_cancelled_once_though_the_answer_was_lost(world):
    number = place(world, 3)
    lose(world.walmart, "POST", "/cancel")
    world.cancel(number, {"1": 1}, Reason.STOCK)
    deliver(world)
    assert world.at_walmart(number) == {"1": ([], 1, 2)}


def test_units_are_taken_off_an_invoiced_order_once_though_the_answer_was_lost(world):
    number = place(world, 3)
    world.commerce.invoice(number)
    lose(world.commerce, "POST", "/refund$")
    world.cancel(number, {"1": 1}, Reason.STOCK)
    deliver(world)
    assert [units for _, units in world.memos(number)] == [[1]]


def test_money_is_paid_back_once_though_the_answer_was_lost(world):
    number = shipped(world, 2)
    lose(world.walmart, "POST", r"/v3/orders/\d+/refund")
    world.commerce.invoice(number)
    world.commerce.refund(number, {first_skus(world, 1)[0]: 0}, shipping=0, positive=5.00)
    world.settle()
    [line] = world.walmart.order(number)["lines"]
    assert [D(str(entry["product"])) for entry in line["refunds"]] == [D("5.00")]


def test_units_paid_back_by_somebody_else_meanwhile_are_not_paid_again(world):
    """The credit memo covers one unit, and Seller Center pays it while our call cannot get through."""
    number = shipped(world, 2)
    rma = world.walmart.open_return(number, [("1", 2)])
    world.settle()
    world.walmart.faults_add("status_before", method="POST", path="/v3/returns/.*/refund", status=503)
    world.credit_memo(rma, number, {"1": 1})
    deliver(world, times=1)
    world.walmart.refund_at_walmart(rma, [(1, 1)])
    deliver(world)
    assert world.refunded_at_walmart(rma) == {"1": (2, 1)}


def test_the_shops_mail_about_a_new_order_reaches_nobody(world):
    """It is sent at once, to the address that the cart has (magento-observed §10)."""
    number = place(world, 1)
    assert [mail["to"] for mail in world.commerce.mails()] == [f"walmart-{number}@channel.invalid"]


def test_the_shops_cron_has_no_mail_left_to_send(world):
    """It would go to the address that the order has by then: the buyer's, by this store's rule (magento-observed §10)."""
    world.commerce.set_options(async_mail=True)
    OrderRules.objects.filter(store=world.store).update(use_relay_address=True)
    place(world, 1)
    world.commerce.advance_clock(3600)
    assert world.commerce.mails() == []


@pytest.fixture
def dropping():
    """A server that answers the first call on a connection, and hangs up on the second without an answer."""

    class Dropping:
        async def start(self):
            self.writes, app = 0, web.Application()
            app.router.add_route("*", "/", self._answer)
            self._runner = web.AppRunner(app)
            await self._runner.setup()
            await web.TCPSite(self._runner, "127.0.0.1", 0).start()
            return f"http://127.0.0.1:{self._runner.addresses[0][1]}/"

        async def _answer(self, request):
            if request.method == "PUT":
                self.writes += 1
                request.transport.close()
            return web.Response(text="ok")

        async def stop(self):
            await self._runner.cleanup()

    return Dropping()


def test_the_library_repeats_no_write_by_itself(dropping):
    """A PUT counts as repeatable in HTTP; placing a cart is one."""

    async def write():
        address = await dropping.start()
        session = gateways.session()
        async with session.get(address) as answer:
            await answer.read()
        outcome = await asyncio.gather(session.put(address), return_exceptions=True)
        await gateways.close()
        await dropping.stop()
        return outcome

    async_to_sync(write)()
    assert dropping.writes == 1
