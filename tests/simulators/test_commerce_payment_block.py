"""What the Admin shows of a payment, by what was written to it (observed §1.1): only one form says what is meant."""

import re

import pytest
from commerce_caller import Caller

from channel_simulators.commerce.server import CommerceServer

LINES = "Offline Channel Payment\nExternal Order Number: 1872846217683\nCancellation reason: The item is out of stock"


@pytest.fixture
def shop():
    with CommerceServer() as server:
        yield server


@pytest.fixture
def alice(shop):
    return Caller(shop.url)


def shown(alice, **payment):
    """The payment block of an order whose payment was written so."""
    order = alice.place(("WHISK-11", 1))
    entity = alice.order(order)["payment"]["entity_id"]
    alice.correct(order, payment={"entity_id": entity, **payment})
    _, page = alice.send("GET", "/")
    return re.findall(r"</table><pre>(.*?)</pre>", page, re.DOTALL)[0].strip()


def test_a_list_is_invisible(alice):
    text = shown(alice, method="checkmo", additional_information=["Offline Channel Payment", "Number 1872846217683"])
    assert "1872846217683" not in text


def test_a_purchase_order_shows_its_number_alone(alice):
    text = shown(alice, method="purchaseorder", po_number="1872846217683")
    assert text.splitlines()[-1] == "Purchase Order Number: 1872846217683"


def test_a_bank_transfers_instructions_are_shown_line_by_line(alice):
    information = {"method_title": "Offline Channel Payment", "instructions": LINES}
    text = shown(alice, method="banktransfer", additional_information=information)
    assert text.splitlines() == ["Offline Channel Payment", *LINES.splitlines()]


def test_the_method_may_be_one_that_is_not_active(shop, alice):
    """Carts take active methods only; a correction any."""
    assert "banktransfer" not in shop.control.state()["options"]["payment_methods"]
    order = alice.place(("WHISK-11", 1))
    entity = alice.order(order)["payment"]["entity_id"]
    alice.correct(order, payment={"entity_id": entity, "method": "banktransfer", "additional_information": {"a": "b"}})
    assert alice.order(order)["payment"]["method"] == "banktransfer"
    assert (alice.post(f"order/{order}/invoice"), alice.post(f"order/{order}/ship")) == ("1", "1")
    assert alice.post(f"order/{order}/refund") == "1"


def test_a_reason_can_be_written_after_a_cancellation(alice):
    order = alice.place(("WHISK-11", 1))
    entity = alice.order(order)["payment"]["entity_id"]
    alice.post(f"orders/{order}/cancel")
    information = {"method_title": "Offline Channel Payment", "instructions": LINES}
    alice.correct(order, payment={"entity_id": entity, "method": "banktransfer", "additional_information": information})
    after = alice.order(order)
    assert (after["state"], after["payment"]["additional_information"][1]) == ("canceled", LINES)
