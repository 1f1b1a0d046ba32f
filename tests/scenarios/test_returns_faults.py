"""A fault at every step of a refund, and the same end on both sides as without it: one memo, one refund."""

from decimal import Decimal

import pytest
import test_killed_worker as killing
from test_faults import FAULTS
from test_killed_worker import OPEN, PATIENCE, kill, known, time_passes, until
from test_life_of_an_order import UPS, first_skus, in_commerce

from channel_manager.returns.models import Effect, Refund, Return, Status
from channel_manager.sync import sql

walmart, commerce, start_worker = killing.walmart, killing.commerce, killing.start_worker
WALMART_STEPS = {
    "returns list": ("GET", r"/v3/returns$"),
    "return refund": ("POST", r"/v3/returns/\w+/refund"),
    "order read": ("GET", r"/v3/orders/\d+$"),
    "order refund": ("POST", r"/v3/orders/\d+/refund"),
}
COMMERCE_STEPS = {
    "memos list": ("GET", "/V1/creditmemos$"),
    "order read": ("GET", r"/V1/orders/\d+$"),
    "invoice": ("POST", r"/V1/order/\d+/invoice"),
    "refund": ("POST", r"/V1/order/\d+/refund"),
}
STEPS = [("walmart", *step) for step in WALMART_STEPS.values()] + [
    ("commerce", *step) for step in COMMERCE_STEPS.values()
]
WRITES = [step for step in STEPS if step[1] != "GET"]


def shipped(world, *quantities):
    """An order received, created and sent."""
    lines = [
        {"sku": sku, "quantity": units, "price": "9.99"}
        for sku, units in zip(first_skus(world, len(quantities)), quantities, strict=True)
    ]
    number = world.walmart.place_order(lines=lines)
    world.settle(rounds=3)
    world.ship(number, {str(line): units for line, units in enumerate(quantities, 1)}, [UPS])
    world.settle(rounds=3)
    return number


def refund_both_ways(world, number):
    """A unit by its return, from here; then money alone, from the Admin."""
    rma = world.walmart.open_return(number, [("1", 1)])
    world.settle(rounds=5)
    world.credit_memo(rma, number, fit=True)
    world.settle(rounds=6)
    world.commerce.refund(number, {first_skus(world, 1)[0]: 0}, shipping=0, positive=2.50)
    world.settle(rounds=6)
    return rma


def paid_back(world, number):
    """Sums that Walmart paid back, by the return and by the order."""
    return [
        sum(Decimal(str(entry[name])) for name in ("product", "product_tax", "shipping", "shipping_tax"))
        for line in world.walmart.order(number)["lines"]
        for entry in line["refunds"]
    ]


def end_state(world, number, rma):
    returned = world.returned(rma)
    refunds = Refund.objects.order_by("pk")
    return {
        "return": (returned.status, returned.has_error, returned.needs_action),
        "order": (world.order(number).has_error, world.order(number).needs_action),
        "refunds": [(refund.effect, refund.total, refund.reported_at is not None) for refund in refunds],
        "walmart": (world.refunded_at_walmart(rma), sorted(paid_back(world, number))),
        "commerce": in_commerce(world, number),
        "memos": world.memos(number),
    }


def expected_of(found):
    """Whatever the price comes to with its tax: the same on both sides."""
    unit = found["refunds"][0][1]
    money = Decimal("2.50")
    return {
        "return": (Status.REFUNDED, False, False),
        "order": (False, False),
        "refunds": [(Effect.RETURN, unit, True), (Effect.ORDER, money, True)],
        "walmart": ({"1": (1, 1)}, sorted([money, unit])),
        "commerce": [(2, 2, 0, 2, 1)],
        "memos": [(unit, [1]), (money, [0])],
    }


def survive(world, steps, fault):
    """Both refunds with a fault at each of the steps."""
    number = shipped(world, 2)
    for side, method, path in steps:
        getattr(world, side).faults_add(method=method, path=path, times=1, **FAULTS[fault])
    rma = refund_both_ways(world, number)
    found = end_state(world, number, rma)
    assert found == expected_of(found), (world.problems(number), world.told(rma))
    left = [*world.walmart.faults(), *world.commerce.faults()]
    assert [fault for fault in left if fault.get("remaining", 1)] == [], "a fault was never met"


@pytest.mark.parametrize("fault", FAULTS)
def test_the_end_is_the_same_whatever_goes_wrong_at_every_step(world, fault):
    survive(world, STEPS if fault in ("lost reply", "503 before") else WRITES, fault)


@pytest.mark.parametrize(("side", "method", "path"), WRITES)
def test_the_end_is_the_same_when_the_answer_of_one_write_is_lost(world, side, method, path):
    survive(world, [(side, method, path)], "lost reply")


@pytest.mark.slow
def test_a_worker_killed_at_every_write_of_a_refund_pays_once(world, walmart, commerce, start_worker):
    """1. Each step is executed and its answer kept. 2. The worker is killed, its lease runs out. 3. The next goes on."""
    worker = start_worker()

    def killed_at(tap, method, path, act=lambda: None):
        nonlocal worker
        tap.keep(method, path)
        act()
        assert tap.executed.wait(PATIENCE), f"{method} {path} never came: {sql.rows(OPEN)}"
        kill(worker)
        time_passes()
        worker = start_worker()

    sku = first_skus(world, 1)[0]
    number = world.walmart.place_order(lines=[{"sku": sku, "quantity": 2, "price": "9.99"}])
    until(lambda: known(number), "acknowledged")
    world.ship(number, {"1": 2}, [UPS])
    until(lambda: not sql.rows(OPEN), "shipped")
    rma = world.walmart.open_return(number, [("1", 1)])
    until(lambda: Return.objects.filter(number=rma).exists(), "returned")
    killed_at(commerce, "POST", "/invoice$", lambda: world.credit_memo(rma, number, fit=True))
    killed_at(commerce, "POST", "/refund$")
    killed_at(walmart, "POST", f"/returns/{rma}/refund$")
    until(lambda: world.returned(rma).status == Status.REFUNDED, "refunded")
    killed_at(
        walmart,
        "POST",
        r"/orders/\d+/refund$",
        lambda: world.commerce.refund(number, {sku: 0}, shipping=0, positive=2.50),
    )
    until(lambda: Refund.objects.filter(effect=Effect.ORDER, reported_at__isnull=False).exists(), "goodwill")

    found = end_state(world, number, rma)
    assert found == expected_of(found), (world.problems(number), world.told(rma))
    once = [
        (commerce, "POST", "/invoice$"),
        (commerce, "POST", "/refund$"),
        (walmart, "POST", "/returns/"),
        (walmart, "POST", r"/orders/\d+/refund$"),
    ]
    assert [tap.times(method, path) for tap, method, path in once] == [1, 1, 1, 1]
