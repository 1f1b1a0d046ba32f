"""A fault at every step of the life, and the same end on both sides as without it."""

import pytest
from test_life_of_an_order import FEDEX, UPS, first_skus, in_commerce, place

from channel_manager.orders.models import Status
from channel_manager.ports.messages import Reason

WALMART_STEPS = {
    "token": ("POST", "/v3/token"),
    "list": ("GET", r"/v3/orders(/released)?$"),
    "read": ("GET", r"/v3/orders/\d+$"),
    "acknowledge": ("POST", "/acknowledge"),
    "ship": ("POST", "/shipping"),
    "cancel": ("POST", "/cancel"),
}
COMMERCE_STEPS = {
    "find": ("GET", "/V1/orders$"),
    "cart": ("POST", "/V1/carts/?$"),
    "add": ("POST", "/items$"),
    "address": ("POST", "/shipping-information"),
    "place": ("PUT", r"/carts/\d+/order"),
    "correct": ("POST", "/V1/orders$"),
    "read": ("GET", r"/V1/orders/\d+$"),
    "ship": ("POST", "/ship$"),
    "invoice": ("POST", "/invoice$"),
    "cancel": ("POST", r"/orders/\d+/cancel"),
    "comment": ("POST", "/comments"),
    "shipments": ("GET", "/V1/shipments?$"),
}
FAULTS = {
    "lost reply": {"kind": "lost_reply"},
    "500 after it was done": {"kind": "status_after", "status": 500},
    "504 after it was done": {"kind": "status_after", "status": 504},
    "503 before": {"kind": "status_before", "status": 503},
    "connection reset": {"kind": "reset"},
}


def live(world):
    """One order: a unit shipped, a unit cancelled, the rest shipped. What both sides show at the end."""
    number = place(world, 4, 1)
    world.ship(number, {"1": 1, "2": 1}, [UPS])
    world.settle()
    world.cancel(number, {"1": 1}, Reason.STOCK)
    world.settle()
    world.ship(number, {"1": 2}, [FEDEX])
    world.settle()
    return number


def end_state(world, number):
    order = world.order(number)
    shop = world.in_commerce(number)
    return {
        "status": (order.status, order.has_error, order.needs_action),
        "walmart": world.at_walmart(number),
        "reasons": [entry["reason"] for line in world.walmart.order(number)["lines"] for entry in line["cancelled"]],
        "commerce": in_commerce(world, number),
        "orders": len(world.commerce.orders()),
        "shipments": sorted([track["track_number"] for track in shipment["tracks"]] for shipment in shop["shipments"]),
        "salable": [world.commerce.salable(sku) for sku in first_skus(world, 2)],
        "total": shop["grand_total"],
        "comments": len(shop["comments"]),
    }


EXPECTED = {
    "status": (Status.SHIPPED, False, False),
    "walmart": {
        "1": ([(1, "UPS", UPS[2]), (2, "FedEx", FEDEX[2])], 1, 0),
        "2": ([(1, "UPS", UPS[2])], 0, 0),
    },
    "reasons": ["SELLER_CANCEL_OUT_OF_STOCK"],
    "commerce": [(4, 3, 1, 3, 0), (1, 1, 0, 1, 0)],
    "orders": 1,
    "shipments": [[UPS[2]], [FEDEX[2]]],
}


def expected_of(found, salable_before):
    return {
        **EXPECTED,
        "salable": [salable_before[0] - 3, salable_before[1] - 1],
        "total": found["total"],
        "comments": 1,
    }


CASES = [
    (side, step, fault)
    for side, steps in (("walmart", WALMART_STEPS), ("commerce", COMMERCE_STEPS))
    for step, (method, _) in steps.items()
    for fault in FAULTS
    if method != "GET" or fault in ("lost reply", "503 before")
]


@pytest.mark.parametrize(("side", "step", "fault"), CASES)
def test_the_end_is_the_same(world, side, step, fault):
    control, steps = (world.walmart, WALMART_STEPS) if side == "walmart" else (world.commerce, COMMERCE_STEPS)
    method, path = steps[step]
    before = [world.commerce.salable(sku) for sku in first_skus(world, 2)]
    control.faults_add(method=method, path=path, times=1, **FAULTS[fault])
    number = live(world)
    found = end_state(world, number)
    assert found == expected_of(found, before), world.problems(number)
    assert [fault for fault in control.faults() if fault.get("remaining", 1)] == [], "the fault was never met"
