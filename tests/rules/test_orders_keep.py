"""Cancelling a part of a Commerce order: the planner against a small model of Magento's own order arithmetic."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channel_manager.orders.operations.cancellations import MOST_STEPS
from channel_manager.orders.rules import keep
from channel_manager.ports.documents import CommerceItem, CommerceOrder

PROPERTY = settings(derandomize=True, max_examples=100, deadline=None)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class Item:
    ordered: int
    invoiced: int = 0
    shipped: int = 0
    cancelled: int = 0
    refunded: int = 0

    @property
    def to_invoice(self):
        return max(self.ordered - self.invoiced - self.cancelled, 0)

    @property
    def to_ship(self):
        return max(self.ordered - max(self.shipped, self.refunded) - self.cancelled, 0)

    @property
    def to_refund(self):
        return self.invoiced - self.refunded


@dataclass
class Shop:
    """One order as Magento keeps it (magento-observed §4 and §8)."""

    items: dict[int, Item]
    held: bool = False
    state: str = "new"
    shipping_refunded: bool = False
    stock: int = 0

    def can_change(self):
        return not self.held and self.state not in ("canceled", "closed")

    def invoice(self, quantities):
        assert self.can_change()
        for item_id, units in quantities.items():
            assert 0 < units <= self.items[item_id].to_invoice
            self.items[item_id].invoiced += units
        self._settle("processing")

    def ship(self, quantities):
        """Asking for more ships what there is."""
        assert self.can_change()
        for item_id, units in quantities.items():
            self.items[item_id].shipped += min(units, self.items[item_id].to_ship)
        self._settle("processing")

    def cancel(self):
        """Takes what is neither invoiced nor shipped, and closes the order to everything else it can."""
        open_to_it = self.can_change() and self.state != "complete"
        if not open_to_it or not any(item.to_invoice for item in self.items.values()):
            return False
        for item in self.items.values():
            units = min(item.to_invoice, item.to_ship)
            item.cancelled += units
            self.stock += units
        self._settle("processing" if any(item.to_refund for item in self.items.values()) else "canceled")
        return True

    def refund(self, quantities, *, all_shipping):
        assert self.can_change()
        assert quantities, "items omitted refunds everything"
        for item_id, units in quantities.items():
            assert 0 < units <= self.items[item_id].to_refund
            self.items[item_id].refunded += units
            self.stock += units
        self.shipping_refunded |= all_shipping
        self._settle(self.state)

    def patch_cancelled(self, quantities):
        for item_id, units in quantities.items():
            self.items[item_id].cancelled = units
        self._settle(self.state)

    def hold(self):
        if self.can_change() and self.state != "complete":
            self.held = True

    def _settle(self, state):
        """As Magento's state handler does on every save."""
        items = self.items.values()
        refundable = any(item.to_refund for item in items) or not self.shipping_refunded
        self.state = state
        if state == "canceled" or any(item.to_invoice for item in items):
            return
        if not refundable and not any(item.to_ship for item in items):
            self.state = "closed"
        elif state == "processing" and not any(item.to_ship for item in items):
            self.state = "complete"

    def shown(self):
        return CommerceOrder(
            order_id=1,
            number="2000000001",
            external_number="1872846217683",
            cart_id=None,
            store_id=2,
            state="holded" if self.held else self.state,
            status="",
            created_at=NOON,
            updated_at=NOON,
            email="",
            email_sent=True,
            items=tuple(
                CommerceItem(
                    item_id=item_id,
                    cart_item_id=None,
                    sku=f"SKU-{item_id}",
                    ordered=item.ordered,
                    invoiced=item.invoiced,
                    shipped=item.shipped,
                    cancelled=item.cancelled,
                    refunded=item.refunded,
                )
                for item_id, item in self.items.items()
            ),
            money={},
            payment_id=1,
            payment_lines=(),
        )


def drive(shop, wanted, memoed):
    """Take the planner's steps until it ends; what it took, and how it ended."""
    taken = []
    for _ in range(MOST_STEPS):
        step = keep.next_step(shop.shown(), wanted, memoed)
        taken.append(type(step).__name__)
        match step:
            case keep.Done() | keep.Impossible():
                return taken, step
            case keep.Unhold():
                shop.held = False
            case keep.Invoice(quantities):
                shop.invoice(quantities)
            case keep.CancelRest():
                shop.cancel()
            case keep.CreditMemo(quantities, all_shipping):
                shop.refund(quantities, all_shipping=all_shipping)
                for item_id, units in quantities.items():
                    memoed[item_id] = memoed.get(item_id, 0) + units
            case keep.ClosePhantom(cancelled):
                shop.patch_cancelled(cancelled)
    return taken, None


@st.composite
def shops(draw):
    """A state that a merchant reaches by shipping and invoicing in any order, possibly held at the end."""
    shop = Shop({item_id: Item(draw(st.integers(1, 4))) for item_id in range(11, 11 + draw(st.integers(1, 3)))})
    for _ in range(draw(st.integers(0, 4))):
        item_id = draw(st.sampled_from(sorted(shop.items)))
        item = shop.items[item_id]
        if draw(st.booleans()) and item.to_ship:
            shop.ship({item_id: draw(st.integers(1, item.to_ship))})
        elif item.to_invoice:
            shop.invoice({item_id: draw(st.integers(1, item.to_invoice))})
    if draw(st.booleans()):
        shop.hold()
    return shop


def wanted_up_to(data, shop, most):
    wanted = {item_id: data.draw(st.integers(0, most(item))) for item_id, item in shop.items.items()}
    return {item_id: units for item_id, units in wanted.items() if units}


@PROPERTY
@given(shops(), st.data())
def test_what_has_not_left_can_always_be_cancelled_to_the_unit(shop, data):
    wanted = wanted_up_to(data, shop, lambda item: item.ordered - item.shipped)
    memoed = {}
    taken, end = drive(shop, wanted, memoed)
    assert isinstance(end, keep.Done), (taken, end)
    assert shop.stock == sum(wanted.values()), "exactly the cancelled units are back in stock"
    for item_id, item in shop.items.items():
        kept = item.ordered - wanted.get(item_id, 0)
        assert wanted.get(item_id, 0) in (item.cancelled, item.cancelled + memoed.get(item_id, 0))
        assert item.shipped + item.to_ship >= kept, "what is kept can still be shipped"
        assert item.invoiced - item.refunded <= kept
        assert item.to_invoice + item.invoiced - item.refunded >= kept, "what is kept can still be charged"


@PROPERTY
@given(shops(), st.data())
def test_once_all_that_is_kept_is_shipped_nothing_more_can_be(shop, data):
    wanted = wanted_up_to(data, shop, lambda item: item.ordered - item.shipped)
    memoed = {}
    drive(shop, wanted, memoed)
    if not wanted or all(wanted.get(item_id, 0) == item.ordered for item_id, item in shop.items.items()):
        return
    kept = {item_id: item.ordered - wanted.get(item_id, 0) - item.shipped for item_id, item in shop.items.items()}
    shop.held = False
    if any(kept.values()):
        shop.ship({item_id: units for item_id, units in kept.items() if units})
    _, end = drive(shop, wanted, memoed)
    assert isinstance(end, keep.Done)
    assert [item.to_ship for item in shop.items.values()] == [0] * len(shop.items)
    assert drive(shop, wanted, memoed) == (["Done"], keep.Done())


@PROPERTY
@given(shops(), st.data())
def test_what_has_left_beyond_what_is_kept_is_for_a_person(shop, data):
    wanted = wanted_up_to(data, shop, lambda item: item.ordered)
    too_late = any(item.shipped > item.ordered - wanted.get(item_id, 0) for item_id, item in shop.items.items())
    before = shop.shown()
    taken, end = drive(shop, wanted, {})
    assert isinstance(end, keep.Impossible if too_late else keep.Done), taken
    if too_late:
        assert shop.shown() == before, "nothing was touched"


@PROPERTY
@given(shops(), st.data())
def test_it_may_be_broken_off_anywhere_and_started_again(shop, data):
    """Everything is read from the order, also half a step that somebody took."""
    wanted = wanted_up_to(data, shop, lambda item: item.ordered - item.shipped)
    memoed = {}
    for _ in range(data.draw(st.integers(0, 4))):
        step = keep.next_step(shop.shown(), wanted, memoed)
        if isinstance(step, keep.Invoice) and len(step.quantities) > 1:
            one = next(iter(step.quantities))
            shop.invoice({one: step.quantities[one]})
        elif isinstance(step, keep.Unhold):
            shop.held = False
        elif isinstance(step, keep.CancelRest):
            shop.cancel()
    _, end = drive(shop, wanted, memoed)
    assert isinstance(end, keep.Done)
    assert shop.stock == sum(wanted.values())


def quantities(shop):
    return [(i.invoiced, i.shipped, i.cancelled, i.refunded) for i in shop.items.values()]


WORKED = {
    "cancel 1 of 3": (Shop({1: Item(3)}), {1: 1}, ["Invoice", "CancelRest"], [(2, 0, 1, 0)], "processing"),
    "with one already shipped, uninvoiced": (
        Shop({1: Item(3, shipped=1)}, state="processing"),
        {1: 1},
        ["Invoice", "CancelRest"],
        [(2, 1, 1, 0)],
        "processing",
    ),
    "a whole line of two": (
        Shop({1: Item(3), 2: Item(2)}),
        {2: 2},
        ["Invoice", "CancelRest"],
        [(3, 0, 0, 0), (0, 0, 2, 0)],
        "processing",
    ),
    "nothing shipped or invoiced": (Shop({1: Item(3)}), {1: 3}, ["CancelRest"], [(0, 0, 3, 0)], "canceled"),
    "held": (Shop({1: Item(3)}, held=True), {1: 3}, ["Unhold", "CancelRest"], [(0, 0, 3, 0)], "canceled"),
    "1 shipped, uninvoiced": (
        Shop({1: Item(3, shipped=1)}, state="processing"),
        {1: 2},
        ["Invoice", "CancelRest"],
        [(1, 1, 2, 0)],
        "complete",
    ),
    "all invoiced, none shipped": (
        Shop({1: Item(3, invoiced=3)}, state="processing"),
        {1: 3},
        ["CreditMemo"],
        [(3, 0, 0, 3)],
        "closed",
    ),
    "1 invoiced, none shipped": (
        Shop({1: Item(3, invoiced=1)}, state="processing"),
        {1: 3},
        ["CancelRest", "CreditMemo"],
        [(1, 0, 2, 1)],
        "closed",
    ),
    "all invoiced, 1 shipped": (
        Shop({1: Item(3, invoiced=3, shipped=1)}, state="processing"),
        {1: 2},
        ["CreditMemo", "ClosePhantom"],
        [(3, 1, 2, 2)],
        "complete",
    ),
    "nothing wanted": (Shop({1: Item(3, invoiced=3, shipped=3)}, state="complete"), {}, [], [(3, 3, 0, 0)], "complete"),
    "the admin canceled it after a partial shipment": (
        Shop({1: Item(3, shipped=1, cancelled=2)}, state="canceled"),
        {1: 2},
        [],
        [(0, 1, 2, 0)],
        "canceled",
    ),
}


@pytest.mark.parametrize("case", WORKED)
def test_worked_examples(case):
    """The tables of magento-observed §8."""
    shop, wanted, steps, end, state = WORKED[case]
    shop = Shop({k: Item(**vars(item)) for k, item in shop.items.items()}, held=shop.held, state=shop.state)
    taken, _ = drive(shop, wanted, {})
    assert taken == [*steps, "Done"]
    assert quantities(shop) == end
    assert shop.state == state


def test_the_shipping_goes_back_only_when_nothing_is_kept():
    shop = Shop({1: Item(3, invoiced=3), 2: Item(1, invoiced=1)}, state="processing")
    assert keep.next_step(shop.shown(), {1: 3, 2: 1}, {}) == keep.CreditMemo({1: 3, 2: 1}, all_shipping=True)
    assert keep.next_step(shop.shown(), {1: 3}, {}) == keep.CreditMemo({1: 3}, all_shipping=False)


def test_a_phantom_waits_until_all_that_is_kept_is_shipped():
    shop = Shop({1: Item(3, invoiced=3)}, state="processing")
    memoed = {}
    assert drive(shop, {1: 1}, memoed)[0] == ["CreditMemo", "Done"]
    shop.ship({1: 1})
    assert drive(shop, {1: 1}, memoed)[0] == ["Done"]
    shop.ship({1: 1})
    assert drive(shop, {1: 1}, memoed)[0] == ["ClosePhantom", "Done"]
    assert quantities(shop) == [(3, 2, 1, 1)]
    assert drive(shop, {1: 1}, memoed)[0] == ["Done"]


def test_the_merchant_ships_everything_between_invoice_and_cancel():
    """The race of magento-observed §8: an Error for a person, not an endless routine."""
    shop = Shop({1: Item(3)})
    shop.invoice(keep.next_step(shop.shown(), {1: 1}, {}).quantities)
    shop.ship({1: 3})
    assert shop.cancel()
    assert quantities(shop) == [(2, 3, 0, 0)]
    taken, end = drive(shop, {1: 1}, {})
    assert taken == ["Impossible"]
    assert end.sentence.values == {"sku": "SKU-1", "shipped": "3", "kept": "2"}


def test_units_that_the_merchant_refunded_himself_are_for_a_person():
    shop = Shop({1: Item(2, invoiced=2, refunded=2)}, state="closed")
    assert drive(shop, {1: 1}, {})[0] == ["Impossible"]
