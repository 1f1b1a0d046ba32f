"""The one thing that must never happen: more units are sold on both sides than there are.

The stated window. Both sides sell from one stock, and either hears of the other's sale only later. At every moment buyers
at Walmart can order no more than what is left, and what was sold in the shop since the latest figure was asked for that
Walmart was told, and what Seller Center shipped and was not read from Walmart before that; buyers in the shop no more than what is left, and what Walmart sold that is no order in Commerce yet. So
only sales in such a window can meet, and once all is told nothing is sold twice. Units that Walmart frees (shipped,
canceled) open no window: that is asserted after every single request that Walmart has executed.

`CHANNEL_MANAGER_SEEDS` says how many lives are tried, `CHANNEL_MANAGER_STEPS` how long they are.
"""

import os
import random
from datetime import UTC, datetime

import pytest
from test_stock_faults import quiet
from test_stock_follows import LIFE, reading

from channel_manager.catalog.models import Listing
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.ports.messages import Reason
from channel_manager.sync import levels
from channel_manager.sync.models import Level
from channel_simulators.commerce.control_client import ControlError
from channel_simulators.walmart.control_client import ControlError as WalmartControlError

SEEDS = range(int(os.environ.get("CHANNEL_MANAGER_SEEDS", "2")))
STEPS = int(os.environ.get("CHANNEL_MANAGER_STEPS", "30"))
SKU, START = "WHISK-11", 12
FAULTS = (
    ("walmart", {"kind": "lost_reply", "method": "PUT", "path": "/v3/inventory"}),
    ("walmart", {"kind": "status_before", "status": 503, "method": "PUT", "path": "/v3/inventory"}),
    ("walmart", {"kind": "lost_reply", "method": "POST", "path": "/shipping"}),
    ("walmart", {"kind": "status_after", "status": 500, "method": "POST", "path": "/cancel"}),
    ("walmart", {"kind": "reset", "method": "GET", "path": r"/v3/orders/\d+$"}),
    ("commerce", {"kind": "lost_reply", "path": "export-stock-salable-qty"}),
    ("commerce", {"kind": "lost_reply", "method": "PUT", "path": r"/carts/\d+/order"}),
)
NOT_ANY_MORE = (NotPossible, ControlError, WalmartControlError)


class Market:
    """A shop with one SKU, buyers on both sides, a merchant, and faults."""

    def __init__(self, world, seed):
        self.world, self.random = world, random.Random(seed)
        self.orders, self.shop_sales, self.elsewhere, self.log = [], [], [], []
        self.goods, self.parcels = START, 0
        world.sell({SKU: START})
        reading(world, *LIFE, "all_stock")

    # -- what is true --

    def left(self):
        """Goods that nobody was promised."""
        return self.goods - sum(units for _, units in self.shop_sales) - sum(self.promised(one) for one in self.orders)

    def promised(self, number):
        ordered, _, cancelled, _ = self.shown(number)
        item = self.in_commerce(number)
        return ordered - max(cancelled, int(float(item["qty_canceled"] or 0)) if item else 0)

    def shown(self, number):
        """(ordered, shipped, canceled, open) at Walmart"""
        (line,) = self.world.walmart.order(number)["lines"]
        shipped, cancelled = (sum(part["quantity"] for part in line[name]) for name in ("shipped", "cancelled"))
        still = line["created"] + line["acknowledged"]
        return shipped + cancelled + still, shipped, cancelled, still

    def in_commerce(self, number):
        try:
            return self.world.in_commerce(number)["items"][0]
        except ControlError:
            return None

    def untold_to_walmart(self):
        """Units that were not known yet when the figure was asked for that Walmart shows."""
        level, listing = Level.objects.get(key=SKU, kind=levels.STOCK), Listing.objects.get(sku=SKU)
        if level.dirty_since is None and level.carrier == "":
            self.told_at = listing.measured_at
        sold = sum(units for at, units in self.shop_sales if at > self.told_at)
        return sold + sum(units for number, units in self.elsewhere if not self.is_read(number))

    def is_read(self, number):
        """Whether what Walmart shows as shipped was known when the figure was asked for."""
        order = self.world.order(number)
        known = order.lines.get().reported_shipped >= self.shown(number)[1]
        return known and order.updated_at < self.told_at

    def untold_to_commerce(self):
        return sum(self.shown(number)[3] for number in self.orders if self.in_commerce(number) is None)

    def check(self):
        left = max(self.left(), 0)
        assert self.world.walmart.buyable(SKU) <= left + self.untold_to_walmart(), str(self.log)
        assert self.world.commerce.salable(SKU) <= left + self.untold_to_commerce(), str(self.log)

    # -- what happens --

    def walmart_buyer(self):
        units = self.random.randint(1, 3)
        if self.world.walmart.buyable(SKU) >= units:
            self.orders.append(self.world.walmart.place_order(lines=[{"sku": SKU, "quantity": units, "price": "9.99"}]))

    def shop_buyer(self):
        units = self.random.randint(1, 2)
        if self.world.commerce.salable(SKU) >= units:
            self.change_source(-units)
            self.shop_sales.append((datetime.now(UTC), units))
            if self.random.random() < 0.5:
                levels.doubt(self.world.store.pk, [SKU])  # the shop calls

    def goods_come_in(self):
        units = self.random.randint(1, 5)
        self.change_source(units)
        self.goods += units

    def change_source(self, units):
        (held,) = (row for row in self.world.commerce.state()["source_items"] if row["sku"] == SKU)
        self.world.commerce.set_stock(SKU, float(held["quantity"]) + units)

    def ship(self):
        number, still = self.an_open_order()
        if number:
            self.parcels += 1
            units, track = self.random.randint(1, still), ("ups", "UPS", f"1Z999AA1{self.parcels:010}")
            if self.random.random() < 0.5:
                self.world.ship(number, {"1": units}, [track])
            elif self.random.random() < 0.7:
                self.world.commerce.ship(number, {SKU: units}, [track])
            else:
                self.world.walmart.ship_elsewhere(number, lines=[("1", units)], number=track[2])
                self.elsewhere.append((number, units))

    def cancel(self):
        number, still = self.an_open_order()
        where = self.random.choice(("here", "walmart", "commerce"))
        if number and where == "here":
            self.world.cancel(number, {"1": self.random.randint(1, still)}, Reason.PRICE)
        elif number and where == "walmart":
            self.world.walmart.cancel_at_walmart(number, [("1", 1)])
        elif number:
            self.world.commerce.comment(number, "Reason: Price or other listing errors.")
            self.world.commerce.cancel(number)

    def an_open_order(self):
        known = [(one, self.shown(one)[3]) for one in self.orders if self.world.has_commerce_order(one)]
        return self.random.choice([one for one in known if one[1]] or [(None, 0)])

    def fault(self):
        side, how = self.random.choice(FAULTS)
        getattr(self.world, side).faults_add(times=1, **how)

    def service(self):
        """Some of what is read, once, and all that is due then; each request that Walmart executes is looked at."""
        stated, reserved, _ = self.world.stock_at_walmart(SKU)
        bound = max(self.left(), 0) + self.untold_to_walmart()
        self.world.walmart.clear_requests()
        reading(self.world, *(name for name in (*LIFE, "all_stock") if self.random.random() < 0.7))
        self.world.turn()
        if self.random.random() < 0.5:
            self.world.hurry()
        bound = max(bound, max(self.left(), 0) + self.untold_to_walmart())
        for call in self.world.walmart.requests():
            stated, reserved = after(call, stated, reserved)
            assert stated - reserved <= bound, (str(self.log), call["path"], stated, reserved, bound)

    def live(self):
        sales, care = [self.walmart_buyer] * 3 + [self.shop_buyer] * 2, [self.ship] * 4 + [self.cancel] * 2
        acts = [*sales, *care, self.goods_come_in, self.fault, *[self.service] * 6]
        for _ in range(STEPS):
            act = self.random.choice(acts)
            self.log.append(act.__name__)
            try:
                act()
            except NOT_ANY_MORE as error:
                self.log.append(str(error))
            self.check()


def after(call, stated, reserved):
    """What Walmart holds after a request."""
    if not call["executed"]:
        return stated, reserved
    if call["method"] == "PUT" and call["path"] == "/v3/inventory":
        return call["request"]["quantity"]["amount"], reserved
    if call["path"].endswith(("/shipping", "/cancel")) and (call["status"] or 500) != 400:
        return stated, reserved - sum(amounts(call["request"]))
    return stated, reserved


def amounts(part):
    """Of all lines of a shipment or cancellation."""
    if isinstance(part, dict):
        if "statusQuantity" in part:
            yield int(part["statusQuantity"]["amount"])
        else:
            for inner in part.values():
                yield from amounts(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from amounts(inner)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_nothing_is_sold_twice_and_both_sides_agree_in_the_end(world, seed):
    market = Market(world, seed)
    market.live()
    for control in (world.walmart, world.commerce):
        control.faults_clear()
    reading(world, *LIFE, "all_stock")
    quiet(world)
    salable, (stated, reserved, available) = int(world.commerce.salable(SKU)), world.stock_at_walmart(SKU)
    contradicted = [problem for number in market.orders for problem in world.problems(number)]
    assert available <= max(salable, 0), (str(market.log), contradicted)
    if not contradicted:
        assert salable == market.left(), str(market.log)
        assert (stated, available) == (max(salable, 0) + reserved, max(salable, 0)), str(market.log)
