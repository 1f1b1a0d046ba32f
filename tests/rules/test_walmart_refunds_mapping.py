from decimal import Decimal

import pytest

from channel_manager.connectors.walmart.mapping.reading import Unreadable
from channel_manager.connectors.walmart.mapping.refunds import REFUND_REASONS, order_refund, refunded_charges
from channel_manager.ports.messages import LineCharges, LineState, RefundedCharges, RefundReason, ReportedQuantity
from channel_manager.ports.returns import LineRefund

D = Decimal
CHARGED = LineCharges(
    product=D("20.00"),
    product_tax=D("1.60"),
    shipping=D("5.00"),
    shipping_tax=D("0.40"),
    discount=D("2.00"),
    fee=D("1.00"),
)
SHIPPED = (ReportedQuantity(state=LineState.SHIPPED, quantity=2),)
REFUNDED = (ReportedQuantity(state=LineState.REFUNDED, quantity=2),)
ALL = RefundedCharges(product=D("18.00"), product_tax=D("1.60"), shipping=D("5.00"), shipping_tax=D("0.40"))


def refund(number="4", reason=RefundReason.NOT_RECEIVED, comment="", **charges):
    money = RefundedCharges(**{kind: D(value) for kind, value in charges.items()})
    return LineRefund(number=number, charges=money, reason=reason, comment=comment)


def usd(amount):
    return {"currency": "USD", "amount": amount}


def charge(kind, amount, tax=None, name="ItemPrice"):
    found = {"chargeType": kind, "chargeName": name, "chargeAmount": usd(amount)}
    return {
        "refundReason": "BillingError",
        "charge": found | {"tax": tax and {"taxName": "Tax1", "taxAmount": usd(tax)}},
    }


def given_back(*charges, reported=SHIPPED, **members):
    row = {"refund": {"refundId": "1", "refundComments": None, "refundCharges": {"refundCharge": list(charges)}}}
    return refunded_charges(row | members, CHARGED, reported, "orderLine[0]")


def test_each_kind_of_charge_is_one_negative_charge_with_its_tax():
    body = order_refund(
        "2577453162650",
        (refund(comment="box damaged", product="5", product_tax="0.4", shipping="2.5", reason=RefundReason.DAMAGED),),
    )
    charges = [
        {
            "refundReason": "DamagedItem",
            "charge": {
                "chargeType": "PRODUCT",
                "chargeName": "Item Price",
                "chargeAmount": usd(-5.0),
                "tax": {"taxName": "Item Price Tax", "taxAmount": usd(-0.4)},
            },
        },
        {
            "refundReason": "DamagedItem",
            "charge": {"chargeType": "SHIPPING", "chargeName": "Shipping Price", "chargeAmount": usd(-2.5)},
        },
    ]
    line = {
        "lineNumber": "4",
        "isFullRefund": False,
        "refunds": {"refund": [{"refundComments": "box damaged", "refundCharges": {"refundCharge": charges}}]},
    }
    assert body == {"orderRefund": {"purchaseOrderId": "2577453162650", "orderLines": {"orderLine": [line]}}}


def test_tax_alone_goes_back_with_its_kind():
    body = order_refund("1", (refund(shipping_tax="0.40"),))
    (sent,) = body["orderRefund"]["orderLines"]["orderLine"][0]["refunds"]["refund"]
    (only,) = sent["refundCharges"]["refundCharge"]
    assert only["charge"] == {
        "chargeType": "SHIPPING",
        "chargeName": "Shipping Price",
        "chargeAmount": usd(0.0),
        "tax": {"taxName": "Shipping Tax", "taxAmount": usd(-0.4)},
    }
    assert "refundComments" not in sent


def test_a_line_refunded_twice_is_one_line_with_two_refunds():
    refunds = (refund("1", product="1"), refund("2", product="1"), refund("1", product="2", reason=RefundReason.LATE))
    lines = order_refund("1", refunds)["orderRefund"]["orderLines"]["orderLine"]
    assert [(line["lineNumber"], len(line["refunds"]["refund"])) for line in lines] == [("1", 2), ("2", 1)]


@pytest.mark.parametrize(
    "refunds",
    [(), (refund(),), (refund(product="-1"),), (refund(product="5", product_tax="-0.01"),), (refund(product="0"),)],
)
def test_nothing_or_less_is_never_refunded(refunds):
    with pytest.raises(ValueError, match="refund"):
        order_refund("1", refunds)


def test_every_reason_has_one_of_walmarts_22_texts():
    known = {
        "BillingError", "TaxExemptCustomer", "ItemNotAsAdvertised", "IncorrectItemReceived", "CancelledYetShipped",
        "ItemNotReceivedByCustomer", "IncorrectShippingPrice", "DamagedItem", "DefectiveItem", "CustomerChangedMind",
        "CustomerReceivedItemLate", "Missing Parts / Instructions", "Finance -> Goodwill", "Finance -> Rollback",
        "Buyer canceled", "Customer returned item", "General adjustment", "Merchandise not received",
        "Quality -> Missing Parts / Instructions", "Shipping & Delivery -> Damaged",
        "Shipping & Delivery -> Shipping Price Discrepancy", "Others",
    }  # fmt: skip
    assert len(known) == 22
    assert set(REFUND_REASONS) == set(RefundReason)
    assert set(REFUND_REASONS.values()) < known
    assert len(set(REFUND_REASONS.values())) == len(REFUND_REASONS)


@pytest.mark.parametrize(
    ("charges", "expected"),
    [
        ([charge("PRODUCT", -5, -0.4), charge("SHIPPING", -2)],
         {"product": "5.00", "product_tax": "0.40", "shipping": "2.00"}),
        ([charge("PRODUCT", 7.98, 0.64)], {"product": "7.98", "product_tax": "0.64"}),
        ([charge("PRODUCT", -5), charge("PRODUCT", -1.5, -0.1)], {"product": "6.50", "product_tax": "0.10"}),
        ([charge("FEE", -1)], {"product": "1.00"}),
        ([{"refundReason": "x", "charge": None}, None, 3], {}),
        ([], {}),
    ],
)  # fmt: skip
def test_what_went_back_is_read_by_kind_whatever_its_sign(charges, expected):
    assert given_back(*charges) == RefundedCharges(**{kind: D(value) for kind, value in expected.items()})


@pytest.mark.parametrize(
    "refund", [None, [], {}, "x", {"refundCharges": None}, {"refundCharges": {"refundCharge": None}}]
)
def test_a_line_without_refund_has_none_in_whatever_form(refund):
    assert given_back(refund=refund) == RefundedCharges()


def test_other_shapes_of_the_same_are_read():
    one = charge("PRODUCT", -5)
    for refund in ({"refundCharges": [one]}, {"refundCharges": {"refundCharge": one}}, [{"refundCharges": [one]}]):
        assert given_back(refund=refund) == RefundedCharges(product=D("5.00"))


def test_a_full_refund_without_charges_is_all_of_the_line():
    assert given_back(isFullRefund=True) == ALL
    assert given_back(refund={"isFullRefund": "true"}) == ALL
    assert given_back(reported=REFUNDED) == ALL
    assert given_back(reported=(*SHIPPED, *REFUNDED)) == RefundedCharges()
    assert given_back(charge("PRODUCT", -5), reported=REFUNDED) == RefundedCharges(product=D("5.00"))


def test_an_amount_that_is_none_is_named():
    with pytest.raises(Unreadable) as caught:
        given_back(charge("PRODUCT", "much"))
    assert caught.value.path == "orderLine[0].refund[0].chargeAmount"
