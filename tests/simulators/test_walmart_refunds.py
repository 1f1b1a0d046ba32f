"""Refunds on the order: what is refused, what is booked, and how it reads afterwards (walmart-api §2.18)."""

from decimal import Decimal

import pytest
from walmart_seller import Answer, Seller, seller, statuses

from channel_simulators.walmart.gateway.errors import Refusal
from channel_simulators.walmart.orders import charges, lifecycle, refund_requests, refunding
from channel_simulators.walmart.state import Address, Charge, Line, Order, Parcel
from tests.contracts import CHECK, violations

NOON = 1_700_000_000_000


@pytest.fixture
def shop():
    with seller() as alice:
        yield alice


@pytest.fixture
def po(shop):
    """Three mugs at 10.00 with 2.41 of tax and 5.99 of shipping with 0.50 of tax; a cap. All shipped."""
    mugs = {"sku": "MUG", "quantity": 3, "price": "10.00", "tax": "2.41", "shipping": "5.99", "shipping_tax": "0.50"}
    placed = shop.control.place_order(lines=[mugs, {"sku": "CAP", "price": "19.99", "tax": None}])
    shop.control.ship_elsewhere(placed)
    return placed


def charge(kind="PRODUCT", amount=-5.0, tax=None, *, reason="DamagedItem", name=None, tax_name=None, currency="USD"):
    product = kind == "PRODUCT"
    shown = {
        "chargeType": kind,
        "chargeName": name or ("Item Price" if product else "Shipping Price"),
        "chargeAmount": {"currency": currency, "amount": amount},
    }
    if tax is not None:
        tax_name = tax_name or ("Item Price Tax" if product else "Shipping Tax")
        shown["tax"] = {"taxName": tax_name, "taxAmount": {"currency": currency, "amount": tax}}
    return {"refundReason": reason, "charge": shown}


def line(number="1", *given, full=False, **texts):
    refund = {"refundCharges": {"refundCharge": list(given)}, **texts}
    return {"lineNumber": number, "isFullRefund": full, "refunds": {"refund": [refund]}}


def body_of(po, *lines):
    return {"orderRefund": {"purchaseOrderId": po, "orderLines": {"orderLine": list(lines)}}}


def refund(shop: Seller, po: str, *lines: dict) -> Answer:
    return shop.post(f"/v3/orders/{po}/refund", body_of(po, *lines))


def booked(shop: Seller, po: str, position: int = 0) -> list[tuple[str, str, str, str]]:
    return [
        (given["product"], given["product_tax"], given["shipping"], given["shipping_tax"])
        for given in shop.control.order(po)["lines"][position]["refunds"]
    ]


def test_an_amount_is_booked_and_shown_on_the_line(shop, po):
    answer = refund(shop, po, line("1", charge(amount=-5.0, tax=-0.4), refundComments="box damaged"))
    assert answer.status == 200
    shown = answer.json["order"]["orderLines"]["orderLine"][0]["refund"]
    assert shown.pop("refundId")
    assert shown == {
        "refundComments": "box damaged",
        "refundCharges": {
            "refundCharge": [
                {
                    "refundReason": "DamagedItem",
                    "charge": {
                        "chargeType": "PRODUCT",
                        "chargeName": "Item Price",
                        "chargeAmount": {"currency": "USD", "amount": -5.0},
                        "tax": {"taxName": "Item Price Tax", "taxAmount": {"currency": "USD", "amount": -0.4}},
                    },
                }
            ]
        },
    }
    assert statuses(answer.json["order"]) == [("Shipped", "3")], "units stay what they were"
    (fact,) = shop.control.order(po)["lines"][0]["refunds"]
    assert (fact["by"], fact["reason"], fact["comments"]) == ("seller", "DamagedItem", "box damaged")
    assert shop.control.order(po)["history"][-1]["action"] == "refund"
    assert shop.order(po)["orderLines"]["orderLine"][1]["refund"] is None


def test_repeating_refunds_again_and_the_charges_accumulate(shop, po):
    before = shop.control.order(po)["modified_at"]
    for number in ("first", "second"):
        assert refund(shop, po, line("1", charge(amount=-5), refundId=number)).status == 200
    shown = shop.order(po)["orderLines"]["orderLine"][0]["refund"]
    assert shown["refundId"] == "second"
    assert len(shown["refundCharges"]["refundCharge"]) == 2
    assert booked(shop, po) == [("5.00", "0", "0", "0")] * 2
    assert shop.control.order(po)["modified_at"] > before


def test_never_more_than_was_charged_and_not_yet_refunded(shop, po):
    assert refund(shop, po, line("1", charge(amount=-20), charge("SHIPPING", -5.99))).status == 200
    for given in (
        [charge(amount=-10.01)],
        [charge(amount=-5.01), charge(amount=-5)],
        [charge(amount=-1, tax=-2.42)],
        [charge("SHIPPING", -0.01)],
        [charge("SHIPPING", 0, -0.51)],
    ):
        refused = refund(shop, po, line("1", *given))
        assert (refused.status, refused.error["field"]) == (400, "chargeAmount")
    assert len(booked(shop, po)) == 1
    assert refund(shop, po, line("1", charge(amount=-9.99))).status == 200


def test_one_bad_line_fails_the_whole_refund(shop, po):
    refused = refund(shop, po, line("1", charge()), line("2", charge(amount=-20)))
    assert refused.status == 400
    assert booked(shop, po, 0) == booked(shop, po, 1) == []


def test_a_full_refund_needs_no_charges_and_takes_all_that_is_left(shop, po):
    refund(shop, po, line("1", charge(amount=-5, tax=-0.4)))
    assert refund(shop, po, line("1", full=True)).status == 200
    assert booked(shop, po)[1] == ("25.00", "2.01", "5.99", "0.50")
    assert shop.control.order(po)["lines"][0]["refunds"][1]["quantity"] == 3
    again = refund(shop, po, line("1", full=True))
    assert (again.status, again.error["field"]) == (400, "isFullRefund")


def test_full_and_partial_lines_are_not_mixed(shop, po):
    refused = refund(shop, po, line("1", full=True), line("2", charge()))
    assert (refused.status, refused.error["field"]) == (400, "isFullRefund")
    assert refund(shop, po, line("1", full=True), line("2", full=True)).status == 200


def test_the_whole_item_price_takes_tax_and_shipping_with_it(shop, po):
    assert refund(shop, po, line("1", charge(amount=-30))).status == 200
    assert booked(shop, po) == [("30.00", "2.41", "5.99", "0.50")]


def test_the_whole_item_price_beside_other_charges_gives_nothing_twice(shop, po):
    two = line("1", charge(amount=-30))
    two["refunds"]["refund"].append({"refundCharges": {"refundCharge": [charge("SHIPPING", -5.99)]}})
    assert refund(shop, po, two).status == 200
    money = [Decimal(sums[2]) for sums in booked(shop, po)]
    assert sum(money) == Decimal("5.99")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (charge(reason="Bored"), "refundReason"),
        (charge(reason=None), "refundReason"),
        (charge("FEE"), "chargeType"),
        (charge(name="ItemPrice"), "chargeName"),
        (charge("SHIPPING", name="Item Price"), "chargeName"),
        (charge(amount=5), "amount"),
        (charge(amount=0), "amount"),
        (charge(amount="-5.00"), "amount"),
        (charge(amount=-0.001), "amount"),
        (charge(amount=-1e300), "amount"),
        (charge(currency="EUR"), "currency"),
        (charge(tax=0.4), "amount"),
        (charge(tax=-0.4, tax_name="Tax1"), "taxName"),
    ],
)
def test_charges_that_make_no_sense_are_refused(shop, po, given, field):
    refused = refund(shop, po, line("1", given))
    assert (refused.status, refused.error["field"]) == (400, field)
    assert booked(shop, po) == []


def test_bodies_that_make_no_sense_are_refused(shop, po):
    assert shop.post(f"/v3/orders/{po}/refund", body_of("17", line("1", charge()))).error["field"] == "purchaseOrderId"
    assert refund(shop, po, line("9", charge())).error["field"] == "lineNumber"
    assert refund(shop, po, line("1", charge(), full="yes")).error["field"] == "isFullRefund"
    assert refund(shop, po, line("1")).error["field"] == "refundCharge"
    assert refund(shop, po, line("1", charge(), refundId=7)).error["field"] == "refundId"
    for body in ({}, {"orderRefund": []}, {"orderRefund": {"purchaseOrderId": po, "orderLines": {"orderLine": [3]}}}):
        assert shop.post(f"/v3/orders/{po}/refund", body).status == 400


def test_only_what_left_can_be_refunded(shop):
    po = shop.control.place_order(lines=[{"sku": "A", "quantity": 4, "price": "10.00", "tax": "0.80"}])
    shop.acknowledge(po)
    refused = refund(shop, po, line("1", charge()))
    assert refused.error["description"] == f"The Line: 1 of PO: {po} is not in SHIPPED or DELIVERED status"
    shop.control.ship_elsewhere(po, lines=[("1", 1)])
    assert refund(shop, po, line("1", charge(amount=-10.01))).status == 400
    shop.control.deliver(po)
    assert refund(shop, po, line("1", charge(amount=-10, tax=-0.2))).status == 200


def test_walmarts_own_orders_and_foreign_ones_are_not_refunded(shop):
    po = shop.control.place_order(ship_node_type="WFSFulfilled")
    shop.control.ship_elsewhere(po)
    assert "fulfilled by Walmart" in refund(shop, po, line("1", charge())).error["description"]
    assert refund(shop, "1796277083022", line("1", charge())).status == 404


def test_walmart_refunds_units_and_amounts_too(shop, po):
    shop.control.refund_order_at_walmart(po, "1", quantity=1, reason="Customer returned item")
    shop.control.refund_order_at_walmart(po, "2", product="3.00", comments="price match")
    assert booked(shop, po) == [("10.00", "0.80", "2.00", "0.17")]
    assert [entry["by"] for entry in shop.control.order(po)["history"]][-2:] == ["walmart", "walmart"]
    with pytest.raises(ValueError, match="has 2 units to refund, not 3"):
        shop.control.refund_order_at_walmart(po, "1", quantity=3)
    with pytest.raises(ValueError, match="Give a quantity"):
        shop.control.refund_order_at_walmart(po, "1")


def test_a_discount_that_walmart_pays_is_a_refund_before_anything_left(shop):
    po = shop.control.place_order()
    shop.control.refund_order_at_walmart(po, "1", product="2.00", reason="Finance -> Rollback")
    order = shop.order(po)
    assert statuses(order) == [("Created", "1")]
    assert order["orderLines"]["orderLine"][0]["refund"]["refundCharges"]["refundCharge"]


def test_refunded_units_may_show_as_such_and_reasons_as_codes(shop, po):
    shop.control.refund_order_at_walmart(po, "1", quantity=2, reason="IncorrectItemReceived")
    assert statuses(shop.order(po)) == [("Shipped", "3")]
    shop.control.set_options(refund_status=True, refund_reason_codes=True)
    order = shop.order(po)
    assert statuses(order) == [("Refund", "2"), ("Shipped", "1")]
    shown = order["orderLines"]["orderLine"][0]["refund"]["refundCharges"]["refundCharge"]
    assert shown[0]["refundReason"] == "INCORRECT_ITEM_RECEIVED"


@pytest.mark.skipif(not CHECK.exists(), reason=f"the published contracts are not at {CHECK}")
def test_refunds_keep_the_published_contract(shop, po):
    shop.control.clear_requests()
    assert refund(shop, po, line("1", charge(amount=-5, tax=-0.4), charge("SHIPPING", -1))).status == 200
    assert refund(shop, po, line("2", full=True)).status == 200
    assert shop.order(po)
    exchanges = [one for one in shop.control.requests() if one["status"] == 200]
    assert violations(exchanges) == []


def order_of(quantity, *given):
    held = Line(number="1", sku="A", product_name="A", ordered=quantity, charges=list(given), status_date=NOON)
    held.acknowledged = quantity
    address = Address(name="A", address1="1", city="C", state="TX", postal_code="78701")
    times = {"placed_at": NOON, "modified_at": NOON, "estimated_ship": NOON, "estimated_delivery": NOON}
    return Order(
        purchase_order_id="1",
        customer_order_id="2",
        partner_id="3",
        email="e",
        phone=None,
        address=address,
        lines=[held],
        **times,
    )


def ship(order, quantity):
    lifecycle.ship(
        order,
        [
            (
                order.lines[0],
                Parcel(quantity=quantity, number="1Z", method_code="Standard", ship_date=NOON, reported_at=NOON),
            )
        ],
        NOON,
        "seller",
    )


@pytest.mark.parametrize("steps", [[7], [1] * 7, [2, 5], [3, 3, 1]])
def test_units_refunded_in_any_steps_add_up_to_the_charges(steps):
    order = order_of(
        7,
        Charge(type="PRODUCT", name="ItemPrice", amount=Decimal("10.00"), tax=Decimal("0.81")),
        Charge(type="PRODUCT", name="SubscriptionDiscount", amount=Decimal("-1.37")),
        Charge(type="SHIPPING", name="Shipping", amount=Decimal("4.99"), tax=None),
        Charge(type="FEE", name="RecyclingFee", amount=Decimal("1.25")),
    )
    ship(order, 7)
    held = order.lines[0]
    for quantity in steps:
        refunding.refund_quantity(order, held, quantity, now=NOON, by="walmart")
    assert charges.refunded(held) == charges.Money(
        product=Decimal("8.63"), product_tax=Decimal("0.81"), shipping=Decimal("4.99")
    )
    assert charges.refundable(held).total == 0


def test_money_given_back_before_is_not_given_back_with_the_units():
    order = order_of(2, Charge(type="PRODUCT", name="ItemPrice", amount=Decimal("20.00")))
    ship(order, 2)
    held = order.lines[0]
    refunding.book(order, held, refunding.itemized(charges.Money(product=Decimal(15)), "Others"), now=NOON, by="seller")
    first = refunding.refund_quantity(order, held, 1, now=NOON, by="walmart")
    second = refunding.refund_quantity(order, held, 1, now=NOON, by="walmart")
    assert [charges.sums(given.charges).product for given in (first, second)] == [Decimal(5), Decimal(0)]


def test_units_that_have_not_left_are_worth_nothing():
    order = order_of(4, Charge(type="PRODUCT", name="ItemPrice", amount=Decimal("10.00")))
    ship(order, 1)
    held = order.lines[0]
    assert charges.charged(held).product == Decimal("2.50")
    with pytest.raises(ValueError, match="has 1 units to refund, not 2"):
        refunding.refund_quantity(order, held, 2, now=NOON, by="walmart")
    with pytest.raises(Refusal):
        refund_requests.refund(order, body_of("1", line("1", charge(amount=-2.51))), NOON, "seller")
