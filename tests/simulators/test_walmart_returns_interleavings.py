"""Whatever buyers, the seller, Seller Center and the clock do in whatever order: no unit and no cent goes back twice."""

import contextlib
from collections import Counter
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from channel_simulators.walmart.control import placing
from channel_simulators.walmart.gateway.errors import Refusal
from channel_simulators.walmart.orders import charges, lifecycle, refunding
from channel_simulators.walmart.returns import issuing, kinds, line_rendering, moves, origin, progress, timing
from channel_simulators.walmart.returns.control import opening
from channel_simulators.walmart.state import Parcel
from channel_simulators.walmart.world import DEFAULT_ACCOUNT, World

ORDERED = 4
HOUR = 3600

cents = st.integers(0, 2000).map(lambda count: str(Decimal(count) / 100))
pick = st.integers(0, 5)
quantities = st.integers(1, ORDERED)
steps = st.one_of(
    st.tuples(st.just("open"), quantities, st.sampled_from(sorted(kinds.KINDS))),
    st.tuples(st.just("refund"), pick, quantities),
    st.tuples(st.just("seller_center"), pick, quantities),
    st.tuples(st.just("goodwill"), cents),
    st.tuples(st.just("deliver"), pick, quantities),
    st.tuples(st.just("cancel"), pick),
    st.tuples(st.just("wait"), st.sampled_from([10, 60, 47 * HOUR, 49 * HOUR])),
    st.tuples(st.just("ship"), quantities),
)


class Play:
    def __init__(self, price, tax, shipping, discount):
        self.world = World()
        self.told = []
        self.world.duties.append(timing.catch_up)
        self.world.listeners.append(lambda _partner, event, _payload: self.told.append(event))
        line = {"sku": "A", "quantity": ORDERED, "price": price, "tax": tax, "shipping": shipping}
        self.order = placing.place(self.world, DEFAULT_ACCOUNT, {"lines": [line | {"discount": discount}]})
        lifecycle.acknowledge(self.order, self.world.now(), "seller")
        self.line = self.order.lines[0]

    @property
    def returns(self):
        return list(self.world.state.returns.orders.values())

    def take(self, step):
        act, *given = step
        with contextlib.suppress(ValueError, Refusal):
            getattr(self, act)(*given)
        self.world.catch_up()
        self.check()

    def open(self, quantity, kind):
        asked = {"order": self.order.purchase_order_id, "lines": [("1", quantity)], "kind": kind}
        opening.open_return(self.world, asked)

    def refund(self, position, quantity):
        rma = self.returns[position % len(self.returns)]
        wish = {"returnOrderLineNumber": 1, "quantity": {"unitOfMeasure": "EACH", "measurementValue": quantity}}
        body = {"customerOrderId": rma.customer_order_id, "refundLines": [wish]}
        parts = issuing.parts(self.world, rma, body)
        moves.refund(self.world, rma, parts, channel=kinds.BY_API, by="seller", at=self.world.now())

    def seller_center(self, position, quantity):
        rma = self.returns[position % len(self.returns)]
        part = (rma.lines[0], min(quantity, origin.refundable(self.world, rma.lines[0])))
        if part[1]:
            moves.refund(self.world, rma, [part], channel=kinds.BY_HAND, by="seller", at=self.world.now())

    def goodwill(self, amount):
        left = charges.refundable(self.line)
        money = charges.Money(product=min(Decimal(amount), left.product))
        given = refunding.itemized(money, "Finance -> Goodwill")
        refunding.book(self.order, self.line, given, now=self.world.now(), by="seller")

    def deliver(self, position, quantity):
        rma = self.returns[position % len(self.returns)]
        (line,) = rma.lines
        part = (line, min(quantity, line.quantity - line.cancelled - line.delivered))
        if line.expected and part[1]:
            moves.deliver(self.world, rma, [part], self.world.now())

    def cancel(self, position):
        moves.cancel(self.world, self.returns[position % len(self.returns)], "changed mind", self.world.now())

    def wait(self, seconds):
        self.world.advance_clock(seconds)

    def ship(self, quantity):
        now, quantity = self.world.now(), min(quantity, self.line.acknowledged)
        parcel = Parcel(quantity=quantity, number="1Z", method_code="Standard", ship_date=now, reported_at=now)
        if quantity:
            lifecycle.ship(self.order, [(self.line, parcel)], now, "seller")

    def check(self):
        held = Counter(unit for rma in self.returns for line in rma.lines for unit in line.active_units)
        assert set(held.values()) <= {1}
        assert sum(held.values()) <= self.line.shipped
        left = charges.refundable(self.line)
        assert min(left.product, left.product_tax, left.shipping, left.shipping_tax) >= 0
        lines = [line for rma in self.returns for line in rma.lines]
        assert sum(line.refunded for line in lines) == self.line.refunded_units
        for rma in self.returns:
            for line in rma.lines:
                assert sum(stage.quantity for stage in progress.stages(line)) == line.quantity
                assert line_rendering.line(self.world, rma, line)["quantity"]["measurementValue"] == line.quantity
        assert self.told.count("RETURN_CREATED") == len(self.returns)


@settings(max_examples=120, deadline=None)
@given(cents, cents, cents, st.sampled_from([None, "0.03"]), st.lists(steps, min_size=4, max_size=25))
def test_no_unit_and_no_cent_goes_back_twice(price, tax, shipping, discount, acts):
    play = Play(str(Decimal(price) + 1), tax, shipping, discount)
    play.ship(ORDERED - 1)
    play.open(2, "ordinary")
    play.open(1, "ordinary")
    for act in acts:
        play.take(act)


@settings(max_examples=60, deadline=None)
@given(cents, cents, cents, st.permutations(range(ORDERED)))
def test_all_units_returned_one_by_one_and_refunded_in_any_order_give_back_every_cent(price, tax, shipping, turns):
    play = Play(str(Decimal(price) + 1), tax, shipping, None)
    play.ship(ORDERED)
    for _ in range(ORDERED):
        play.open(1, "ordinary")
    for turn in turns:
        play.refund(turn, 1)
    assert charges.refundable(play.line) == charges.Money()
