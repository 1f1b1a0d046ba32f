"""What Walmart does by itself as time passes, and what it tells a subscriber."""

from datetime import timedelta

import pytest
from walmart_seller import seller, statuses

from channel_simulators.walmart.control import actions, placing
from channel_simulators.walmart.world import DEFAULT_ACCOUNT, FOREVER, World

DAY = 24 * 3600


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


@pytest.fixture
def world():
    return World()


@pytest.fixture
def told(world):
    events = []
    world.listeners.append(lambda partner, kind, payload: events.append((partner, kind, payload)))
    return events


def place(world, **spec):
    return placing.place(world, DEFAULT_ACCOUNT, {"lines": [{"sku": "A", "quantity": 3}, {"sku": "B"}], **spec})


def test_several_things_that_fall_due_happen_at_their_own_times(shop):
    early = shop.control.place_order(lines=[{"sku": "A"}], estimated_ship_date=shop.control.now() + timedelta(days=1))
    late = shop.control.place_order(lines=[{"sku": "A"}], estimated_ship_date=shop.control.now() + timedelta(days=9))
    start = shop.control.now()
    now = shop.control.advance_clock(30 * DAY)
    assert timedelta(days=30) <= now - start < timedelta(days=30, seconds=30)
    ended = {po: shop.control.order(po)["history"][-1] for po in (early, late)}
    assert [entry["action"] for entry in ended.values()] == ["cancel", "cancel"]
    days = [start + timedelta(days=5), start + timedelta(days=13)]
    for entry, day in zip(ended.values(), days, strict=True):
        assert entry["at"][:16] == day.isoformat()[:16]


def test_nothing_is_cancelled_when_told_not_to_and_all_is_when_told_again(shop):
    shop.control.set_options(auto_cancel=False)
    po = shop.control.place_order()
    shop.control.advance_clock(7 * DAY)
    assert shop.control.order(po)["lines"][0]["created"] == 1
    shop.control.set_options(auto_cancel=True)
    assert shop.control.order(po)["lines"][0]["cancelled"] == [
        {"quantity": 1, "reason": "Auto-cancelled due to expiry"}
    ]


def test_walmarts_own_orders_and_shipped_units_stay(shop):
    own = shop.control.place_order(ship_node_type="WFSFulfilled")
    sent = shop.control.place_order()
    shop.control.ship_elsewhere(sent)
    shop.control.advance_clock(20 * DAY)
    assert shop.control.order(own)["lines"][0]["cancelled"] == []
    assert statuses(shop.order(sent)) == [("Shipped", "1")]


def test_a_preorder_is_released_at_once_and_lives_until_its_late_date(shop):
    po = shop.control.place_shape("preorder", [("A", "Lamp", "10.00")])
    listed = shop.get("/v3/orders/released?replacementInfo=true&orderType=PREORDER").json["list"]["elements"]["order"]
    assert [(order["purchaseOrderId"], order["orderType"]) for order in listed] == [(po, "PREORDER")]
    shop.control.advance_clock(24 * DAY)
    assert shop.control.order(po)["lines"][0]["created"] == 1
    shop.control.advance_clock(2 * DAY)
    assert shop.control.order(po)["lines"][0]["created"] == 0


def test_parts_of_the_simulator_have_duties_of_their_own(world):
    asked = []

    def duty(where, now):
        asked.append(now)
        return now + 60_000 if len(asked) < 4 else FOREVER

    world.duties = [duty]
    start = world.now()
    world.advance_clock(3600)
    assert [round((at - start) / 60_000) for at in asked] == [0, 1, 2, 3]
    world.catch_up()
    assert len(asked) == 4
    world.look_again()
    world.catch_up()
    assert len(asked) == 5


def test_a_new_order_is_told_without_address_and_charges(world, told):
    order = place(world, placed_at="2026-07-29T13:45:45+00:00", estimated_ship_date="2090-07-31T03:00:00+00:00")
    ((partner, kind, payload),) = told
    assert (partner, kind) == (DEFAULT_ACCOUNT.partner_id, "PO_CREATED")
    assert payload["orderLines"].pop() == {
        "lineNumber": "2",
        "sku": "B",
        "productName": "Product B",
        "quantity": {"unitOfMeasure": "EACH", "measurementValue": "1"},
        "status": "Created",
        "statusDate": "2026-07-29T13:45:45.000Z",
        "shippingProgramType ": None,
        "shippingMethod": "STANDARD",
    }
    assert [line["quantity"]["measurementValue"] for line in payload.pop("orderLines")] == ["3"]
    assert payload == {
        "partnerId": DEFAULT_ACCOUNT.partner_id,
        "purchaseOrderId": order.purchase_order_id,
        "customerOrderId": order.customer_order_id,
        "orderDate": "2026-07-29T13:45:45Z",
        "estimatedDeliveryDate": "2090-08-05T03:00:00Z",
        "estimatedShipDate": "2090-07-31T03:00:00Z",
        "shipNodeType": "SellerFulfilled",
    }


def test_a_buyers_request_is_told_with_its_lines(world, told):
    order = place(world)
    actions.request_cancel(world, order, {"lines": ["2"]})
    _, kind, payload = told[-1]
    assert kind == "INTENT_TO_CANCEL"
    assert [(line["lineNumber"], line["status"]) for line in payload["orderLines"]] == [("2", "Created")]


def test_an_automatic_cancellation_is_told_with_what_was_cancelled(world, told):
    order = place(world)
    actions.ship(world, order, {"lines": [("1", 2)], "carrier": "UPS", "number": "1Z"})
    world.advance_clock(7 * DAY)
    _, kind, payload = told[-1]
    assert kind == "PO_LINE_AUTOCANCELLED"
    assert [
        (line["lineNumber"], line["quantity"]["measurementValue"], line["status"], line["cancellationReason"])
        for line in payload["orderLines"]
    ] == [
        ("1", "1", "Cancelled", "Auto-cancelled due to expiry"),
        ("2", "1", "Cancelled", "Auto-cancelled due to expiry"),
    ]


def test_tokens_expire_by_the_clock(shop):
    assert shop.get("/v3/token/detail").status == 200
    shop.control.advance_clock(899)
    assert shop.get("/v3/token/detail").status == 200
    shop.control.advance_clock(2)
    assert shop.get("/v3/token/detail").status == 401


def test_tracking_may_be_corrected_again_and_again_until_four_hours_after_the_first_report(shop):
    po = shop.control.place_order()
    shop.acknowledge(po)
    shop.ship(po, shop.part("1", trackingNumber="1"))
    for number in ("2", "3"):
        shop.control.advance_clock(2 * 3600 - 60)
        shop._token = None
        assert shop.ship(po, shop.part("1", trackingNumber=number), processMode="PARTIAL_UPDATE").status == 200
    shop.control.advance_clock(180)
    late = shop.ship(po, shop.part("1", trackingNumber="4"), processMode="PARTIAL_UPDATE")
    assert late.error["field"] == "processMode"
    assert shop.control.order(po)["lines"][0]["shipped"][0]["number"] == "3"
