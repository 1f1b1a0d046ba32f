"""The shop's JSON ↔ our words (observed §1.1, §6, §9)."""

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from channel_manager.connectors.adobe_commerce.mapping import carts, corrections, orders, shipments, stock, topology
from channel_manager.connectors.adobe_commerce.mapping.reading import UnreadableAnswer, answered_id
from channel_manager.ports.documents import (
    Cart,
    CartItem,
    CartQuote,
    Comment,
    CommerceItem,
    CommerceShipment,
    Correction,
    ItemMoney,
    NewShipment,
    OrderMoney,
    StoreView,
    Track,
)
from channel_manager.ports.messages import Address

D = Decimal
NOON = "2026-11-23 12:00:00"
AT_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

BARE_ORDER = {"entity_id": 12, "created_at": NOON, "updated_at": NOON}
ORDER = {
    **BARE_ORDER,
    "increment_id": "2000000012",
    "ext_order_id": "1796277083022",
    "quote_id": "731",
    "store_id": 2,
    "state": "processing",
    "status": "processing",
    "updated_at": "2026-11-23 12:30:01",
    "customer_email": "order@channel.invalid",
    "email_sent": 1,
    "grand_total": 37.02,
    "base_grand_total": "37.0200",
    "subtotal": 29.97,
    "base_subtotal": 29.97,
    "discount_amount": -3,
    "base_discount_amount": -3,
    "shipping_discount_tax_compensation_amount": 0.004,
    "base_shipping_discount_tax_compensation_amnt": 0.5,
    "items": [
        {
            "item_id": 30,
            "quote_item_id": 8,
            "product_id": "101",
            "sku": "HAT/1, red",
            "product_type": "configurable",
            "row_invoiced": "29.97",
            "amount_refunded": 9.99,
            "tax_refunded": 0.7,
            "discount_refunded": 1,
            "qty_ordered": "3.0000",
            "qty_shipped": 1.0,
            "qty_canceled": 0,
            "row_total": 26.97,
            "discount_amount": 3,
            "tax_amount": 2.11,
            "base_row_total": "26.97",
            "base_discount_amount": "3.0000",
            "base_tax_amount": 2.11,
        },
        {"item_id": 31, "parent_item_id": 30, "sku": "HAT/1, red", "qty_ordered": 3, "row_total": 0},
        {"item_id": 32, "parent_item_id": None, "sku": "CAP", "qty_ordered": 1},
    ],
    "payment": {"entity_id": 12, "method": "banktransfer", "additional_information": ["Offline", "lost"]},
    "status_histories": [
        {"entity_id": 2, "comment": "The item is out of stock", "created_at": "2026-11-23 12:00:02"},
        {"entity_id": 3, "comment": None, "created_at": "2026-11-23 12:00:09"},
        {"entity_id": 1, "comment": "Imported", "created_at": "2026-11-23 12:00:02"},
    ],
    "extension_attributes": {
        "payment_additional_info": [
            {"key": "method_title", "value": "Offline Channel Payment"},
            {"key": "instructions", "value": "Offline Channel Payment\nExternal Order Number: 1796277083022\n"},
        ]
    },
    "relation_child_id": "44",
}


def test_an_order_is_read_whole():
    order = orders.order(ORDER)
    assert (order.order_id, order.number, order.external_number) == (12, "2000000012", "1796277083022")
    assert (order.cart_id, order.store_id, order.state, order.held) == (731, 2, "processing", False)
    assert (order.created_at, order.updated_at) == (AT_NOON, datetime(2026, 11, 23, 12, 30, 1, tzinfo=UTC))
    assert (order.email, order.email_sent, order.payment_id) == ("order@channel.invalid", True, 12)
    assert order.payment_lines == ("Offline Channel Payment", "External Order Number: 1796277083022")
    assert (order.child_id, order.parent_id) == (44, None)


def test_only_items_without_parent_count_and_the_discount_is_added_back():
    assert orders.order(ORDER).items == (
        CommerceItem(
            item_id=30,
            cart_item_id=8,
            sku="HAT/1, red",
            ordered=3,
            shipped=1,
            row_total=D("29.97"),
            tax=D("2.11"),
            discount=D("3.00"),
            base_row_total=D("29.97"),
            base_tax=D("2.11"),
            base_discount=D("3.00"),
            product_id=101,
            row_invoiced=D("29.97"),
            amount_refunded=D("9.99"),
            tax_refunded=D("0.70"),
            discount_refunded=D("1.00"),
        ),
        CommerceItem(item_id=32, cart_item_id=None, sku="CAP", ordered=1),
    )


def test_money_is_held_by_the_shops_column_names():
    money = orders.order(ORDER).money
    assert set(money) == set(orders.MONEY_COLUMNS)
    assert money["grand_total"] == money["base_grand_total"] == D("37.02")
    assert money["discount_amount"] == D("-3.00")
    assert money["shipping_discount_tax_compensation_amount"] == D("0.00")
    assert money["base_shipping_discount_tax_compensation_amnt"] == D("0.50")
    assert money["total_paid"] == D("0.00")


def test_comments_are_newest_first_and_have_words():
    at = datetime(2026, 11, 23, 12, 0, 2, tzinfo=UTC)
    assert orders.order(ORDER).comments == (
        Comment(text="The item is out of stock", created_at=at),
        Comment(text="Imported", created_at=at),
    )


def test_an_order_may_lack_nearly_everything():
    order = orders.order(BARE_ORDER)
    assert (order.number, order.external_number, order.cart_id, order.items, order.payment_lines) == (
        "",
        "",
        None,
        (),
        (),
    )
    assert set(order.money.values()) == {D("0.00")}


@pytest.mark.parametrize(
    ("payment", "lines"),
    [
        ({"additional_information": ["Offline Channel Payment", "One\nTwo"]}, ("One", "Two")),
        ({"additional_information": {"instructions": "One"}}, ("One",)),
        ({"additional_information": ["Check / Money order"]}, ()),
        ({"additional_information": None}, ()),
        (None, ()),
    ],
)
def test_payment_lines_without_extension_attributes(payment, lines):
    assert orders.order({**BARE_ORDER, "payment": payment}).payment_lines == lines


@pytest.mark.parametrize("missing", ["entity_id", "created_at", "updated_at"])
def test_what_must_be_there_is_named_when_it_is_not(missing):
    with pytest.raises(UnreadableAnswer, match=missing):
        orders.order({name: value for name, value in BARE_ORDER.items() if name != missing})


CORRECTION = Correction(
    order_id=12,
    number="2000000012",
    payment_id=7,
    money=OrderMoney(
        items=(
            ItemMoney(
                item_id=30,
                sku="HAT",
                quantity=3,
                row_total=D("29.97"),
                tax=D("2.11"),
                discount=D("3.00"),
                ext_id="1,2",
            ),
        ),
        shipping=D("4.57"),
        shipping_tax=D("0.37"),
        shipping_discount=D("1.00"),
        discount_description="Walmart",
    ),
    external_number="1796277083022",
    customer_order_number="5281956426648",
    email="order@channel.invalid",
    shipping_description="Channel Shipping - Standard",
    payment_lines=("Offline Channel Payment", "External Order Number: 1796277083022"),
)


def paired(**amounts):
    return {prefix + name: D(amount) for name, amount in amounts.items() for prefix in ("", "base_")}


def test_a_correction_writes_every_field_with_its_base_pair():
    [body] = corrections.correction(CORRECTION)
    assert body == {
        "entity": {
            "customer_email": "order@channel.invalid",
            "email_sent": 1,
            "entity_id": 12,
            "increment_id": "2000000012",
            "ext_order_id": "1796277083022",
            "ext_customer_id": "5281956426648",
            "applied_rule_ids": "",
            "shipping_description": "Channel Shipping - Standard",
            **paired(
                grand_total="33.02",
                subtotal="29.97",
                shipping_amount="4.57",
                shipping_tax_amount="0.37",
                tax_amount="2.48",
                discount_amount="-4.00",
                shipping_discount_amount="1.00",
                discount_tax_compensation_amount="0",
                subtotal_incl_tax="32.08",
                shipping_incl_tax="4.94",
                total_due="33.02",
            ),
            "shipping_discount_tax_compensation_amount": D(0),
            "base_shipping_discount_tax_compensation_amnt": D(0),
            "discount_description": "Walmart",
            "items": [
                {
                    "item_id": 30,
                    "order_id": 12,
                    **paired(
                        row_total="29.97",
                        tax_amount="2.11",
                        discount_amount="3.00",
                        discount_tax_compensation_amount="0",
                        price="9.99",
                        original_price="9.99",
                        row_total_incl_tax="32.08",
                        price_incl_tax="10.69",
                    ),
                    "discount_percent": 0,
                    "ext_order_item_id": "1,2",
                }
            ],
            "payment": {
                "entity_id": 7,
                "method": "banktransfer",
                "additional_information": {
                    "method_title": "Offline Channel Payment",
                    "instructions": "Offline Channel Payment\nExternal Order Number: 1796277083022",
                },
            },
        }
    }


def test_the_email_comes_before_everything_else():
    """The shop's setters run in the order of the keys (commerce-api §3.5 A)."""
    [body] = corrections.correction(CORRECTION)
    assert list(body["entity"])[:2] == ["customer_email", "email_sent"]


@pytest.mark.parametrize(("lines", "calls"), [(0, [0]), (20, [20]), (21, [20, 1]), (45, [20, 20, 5])])
def test_many_items_are_corrected_in_several_calls_of_which_the_last_links_the_order(lines, calls):
    [item] = CORRECTION.money.items
    items = tuple(dataclasses.replace(item, item_id=number) for number in range(lines))
    money = dataclasses.replace(CORRECTION.money, items=items)
    bodies = [body["entity"] for body in corrections.correction(dataclasses.replace(CORRECTION, money=money))]
    assert [len(body["items"]) for body in bodies] == calls
    assert [row["item_id"] for body in bodies for row in body["items"]] == list(range(lines))
    for body in bodies[:-1]:
        assert set(body) == {"entity_id", "increment_id", "items"}
    assert bodies[-1]["ext_order_id"] == CORRECTION.external_number
    assert bodies[-1]["grand_total"] == money.total


def test_a_description_of_the_payment_touches_nothing_else():
    body = corrections.payment(orders.order(ORDER), ("A", "B"))["entity"]
    assert set(body) == {"entity_id", "increment_id", "payment"}
    assert body["payment"]["additional_information"]["instructions"] == "A\nB"


def test_a_phantom_is_closed_by_its_item_alone():
    [body] = corrections.cancelled_quantities(orders.order(ORDER), {30: 2})
    assert body == {
        "entity": {
            "entity_id": 12,
            "increment_id": "2000000012",
            "items": [{"item_id": 30, "qty_canceled": 2}],
        }
    }
    assert len(corrections.cancelled_quantities(orders.order(ORDER), dict.fromkeys(range(21), 1))) == 2


def test_a_shipment_is_read_with_its_tracks():
    assert shipments.shipment(
        {
            "entity_id": "4",
            "increment_id": "2000000004",
            "order_id": 12,
            "created_at": NOON,
            "items": [
                {"order_item_id": 30, "qty": 1},
                {"order_item_id": 30, "qty": 1.0},
                {"order_item_id": 32, "qty": 0},
            ],
            "tracks": [{"entity_id": 9, "track_number": " 1Z1 ", "title": "UPS", "carrier_code": "ups", "qty": None}],
            "comments": [{"comment": "Packed [cm 17]"}],
        }
    ) == CommerceShipment(
        shipment_id=4,
        number="2000000004",
        order_id=12,
        created_at=AT_NOON,
        quantities={30: 2},
        tracks=(Track(carrier_code="ups", title="UPS", number="1Z1", track_id=9),),
        comments=("Packed [cm 17]",),
    )


def test_lists_of_a_shipment_may_be_null():
    read = shipments.shipment({"entity_id": 4, "order_id": 12, "created_at": NOON, "tracks": None, "comments": None})
    assert (read.quantities, read.tracks, read.comments) == ({}, (), ())


def test_a_new_shipment_notifies_nobody_and_carries_its_marker():
    wanted = NewShipment(
        quantities={30: 2},
        tracks=(Track(carrier_code="", title="", number="1Z1"),),
        comment="Packed",
        marker="[cm 17]",
    )
    assert shipments.new_shipment(wanted) == {
        "items": [{"order_item_id": 30, "qty": 2}],
        "notify": False,
        "appendComment": False,
        "comment": {"comment": "Packed\n[cm 17]", "is_visible_on_front": 0},
        "tracks": [{"track_number": "1Z1", "title": "Tracking", "carrier_code": "custom"}],
    }


def test_a_source_is_named_only_when_one_is_chosen():
    wanted = NewShipment(quantities={30: 2}, tracks=(), comment="", marker="[cm 17]", source_code="east")
    assert shipments.new_shipment(wanted)["arguments"] == {"extension_attributes": {"source_code": "east"}}


def test_carts_are_read():
    assert carts.cart({"id": "731", "is_active": False, "items": [{"item_id": 8, "sku": "HAT", "qty": "2"}]}) == Cart(
        id=731, active=False, items=(CartItem(item_id=8, sku="HAT", quantity=2),)
    )
    assert carts.cart({"id": 731, "is_active": 1, "items": None}) == Cart(id=731, active=True, items=())


def test_a_quote_shows_what_the_shop_would_add():
    quote = {
        "payment_methods": [{"code": "checkmo", "title": "x"}],
        "totals": {"tax_amount": 1.5, "discount_amount": -2},
    }
    assert carts.cart_quote(quote) == CartQuote(payment_methods=("checkmo",), tax=D("1.50"), discount=D("2.00"))
    assert carts.cart_quote({}) == CartQuote(payment_methods=(), tax=D(0), discount=D(0))


ADDRESS = Address(
    name="Alice van der Berg",
    street=("1 Main St", "", "Apt 4"),
    city="Austin",
    state="TX",
    postcode="78701",
    country="US",
    phone="5125550100",
)


def test_an_address_names_its_region_by_code_and_the_email_is_on_both():
    information = carts.shipping_information(ADDRESS, email="a@b.invalid", shipping_method="flatrate_flatrate")
    both = {
        "firstname": "Alice",
        "lastname": "van der Berg",
        "street": ["1 Main St", "Apt 4"],
        "city": "Austin",
        "postcode": "78701",
        "country_id": "US",
        "telephone": "5125550100",
        "region_code": "TX",
        "email": "a@b.invalid",
        "save_in_address_book": 0,
    }
    assert information == {
        "addressInformation": {
            "shipping_address": {**both, "same_as_billing": 1},
            "billing_address": both,
            "shipping_carrier_code": "flatrate",
            "shipping_method_code": "flatrate",
        }
    }


def test_one_name_gets_a_last_name_and_methods_may_have_underscores():
    cher = dataclasses.replace(ADDRESS, name="Cher", state="")
    information = carts.shipping_information(cher, email="a@b.invalid", shipping_method="ups_next_day")
    sent = information["addressInformation"]
    assert (sent["shipping_address"]["firstname"], sent["shipping_address"]["lastname"]) == ("Cher", "-")
    assert "region_code" not in sent["shipping_address"]
    assert (sent["shipping_carrier_code"], sent["shipping_method_code"]) == ("ups", "next_day")


def test_salable_stock_answers_in_the_spelling_that_was_asked():
    found = [
        {"sku": "Hat", "qty": 7.9, "is_salable": True},
        {"sku": "CAP", "qty": 5, "is_salable": False},
        {"sku": "GIFT", "qty": None, "is_salable": True},
        {"sku": "BELT", "qty": -2, "is_salable": True},
        {"sku": "other", "qty": 1, "is_salable": True},
    ]
    assert stock.salable(["HAT", "hat ", "CAP", "GIFT", "BELT", "unknown"], found) == {
        "HAT": 7,
        "hat ": 7,
        "CAP": 0,
        "GIFT": stock.UNLIMITED,
        "BELT": 0,
    }


def test_stock_by_source():
    found = [
        {"sku": "HAT", "source_code": "default", "quantity": 5, "status": 1},
        {"sku": "HAT", "source_code": "east", "quantity": "2.0000", "status": 0},
    ]
    assert stock.by_source(["hat", "CAP"], found) == {"hat": {"default": 5, "east": 2}}


@pytest.mark.parametrize(
    ("item", "units"),
    [
        ({"qty": 5, "is_in_stock": True, "manage_stock": True}, 5),
        ({"qty": 5, "is_in_stock": False, "manage_stock": True}, 0),
        ({"qty": None, "is_in_stock": True, "manage_stock": False}, stock.UNLIMITED),
        ({"qty": -1, "is_in_stock": True}, 0),
        ({"qty": 5, "is_in_stock": True, "manage_stock": True, "min_qty": 2}, 3),
    ],
)
def test_legacy_stock(item, units):
    assert stock.legacy_salable(item) == units


def test_stock_that_cannot_be_understood_hides_no_other_and_is_never_told_in_part(caplog):
    found = [{"sku": "HAT", "qty": "many"}, None, {"sku": "CAP", "qty": 5}]
    assert stock.salable(["HAT", "CAP"], found) == {"CAP": 5}
    assert "stock of HAT in Commerce cannot be understood: qty" in caplog.text
    held = [
        {"sku": "HAT", "source_code": "default", "quantity": 5},
        {"sku": "HAT", "source_code": "east", "quantity": "many"},
        {"sku": "CAP", "source_code": "default", "quantity": 2},
    ]
    assert stock.by_source(["HAT", "CAP"], held) == {"CAP": {"default": 2}}
    with pytest.raises(UnreadableAnswer, match="qty"):
        stock.salable(["HAT"], found[:2])
    with pytest.raises(UnreadableAnswer, match="quantity"):
        stock.by_source(["HAT"], held[1:2])


def test_store_views_leave_out_the_admin_and_what_is_switched_off():
    assert topology.store_views(
        [
            {"id": 2, "code": "walmart", "name": "Walmart", "website_id": 2, "is_active": 1},
            {"id": 0, "code": "admin", "name": "Admin", "website_id": 0, "is_active": 1},
            {"id": 1, "code": "default", "name": "Default", "website_id": 1},
            {"id": 3, "code": "old", "name": "Old", "website_id": 1, "is_active": 0},
        ],
        [{"id": 0, "code": "admin"}, {"id": 1, "code": "base"}, {"id": 2, "code": "channel"}],
        [{"code": "walmart", "base_currency_code": "USD"}, {"code": "default", "base_currency_code": "EUR"}],
    ) == (
        StoreView(id=1, code="default", name="Default", website_code="base", currency="EUR"),
        StoreView(id=2, code="walmart", name="Walmart", website_code="channel", currency="USD"),
    )


@pytest.mark.parametrize("answer", [7, "7"])
def test_ids_of_new_documents_come_bare_or_quoted(answer):
    assert answered_id(answer) == 7
