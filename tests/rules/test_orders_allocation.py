"""From lines to items and money: no cent and no unit is lost, whatever is live and however SKUs are spelt."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channel_manager.orders.rules import allocation
from channel_manager.orders.rules.allocation import LiveLine
from channel_manager.ports.documents import CommerceItem, CommerceOrder
from channel_manager.ports.messages import LineCharges
from channel_manager.shared.money import CENT, ZERO, share, total

PROPERTY = settings(derandomize=True, max_examples=100, deadline=None)
CENTS = st.integers(0, 99_999).map(lambda cents: Decimal(cents) / 100)
SPELLINGS = {"cap-1": ["CAP-1", "cap-1", "Cap-1  ", "cap-1 "], "mug": ["mug", "MUG "], "x y": ["x y", "X Y"]}
PARTS = ("product", "product_tax", "shipping", "shipping_tax", "fee", "fee_tax", "discount", "shipping_discount")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@st.composite
def live_lines(draw, *, whole=False):
    lines = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        quantity = draw(st.integers(1, 7))
        lines.append(
            LiveLine(
                number=str(number),
                sku=draw(st.sampled_from([spelling for group in SPELLINGS.values() for spelling in group])),
                quantity=quantity,
                live=quantity if whole else draw(st.integers(0, quantity)),
                charges=LineCharges(**{part: draw(CENTS) for part in PARTS}),
                charge_names=tuple(draw(st.lists(st.sampled_from(["Recycling fee", "Coupon"]), max_size=2))),
            )
        )
    return lines


def items_of(lines):
    return dict(enumerate(allocation.bundles(lines), 501))


@PROPERTY
@given(live_lines())
def test_every_live_unit_is_in_exactly_one_bundle(lines):
    bundles = allocation.bundles(lines)
    bundled = [line for bundle in bundles for line in bundle.lines]
    assert sorted(line.number for line in bundled) == sorted(line.number for line in lines if line.live)
    assert sum(bundle.quantity for bundle in bundles) == sum(line.live for line in lines)
    for bundle in bundles:
        numbers = [int(line.number) for line in bundle.lines]
        assert numbers == sorted(numbers)


@PROPERTY
@given(live_lines())
def test_spellings_that_commerce_takes_for_one_sku_share_an_item(lines):
    meant = {spelling: sku for sku, spellings in SPELLINGS.items() for spelling in spellings}
    bundles = allocation.bundles(lines)
    skus = [{meant[line.sku] for line in bundle.lines} for bundle in bundles]
    assert all(len(group) == 1 for group in skus)
    assert len({sku for group in skus for sku in group}) == len(bundles)


@PROPERTY
@given(live_lines(whole=True))
def test_a_whole_order_costs_what_its_lines_were_charged(lines):
    money = allocation.money(items_of(lines))
    assert money.total == total(line.charges.total for line in lines)
    assert money.total == money.subtotal + money.shipping + money.tax - money.discount


@PROPERTY
@given(live_lines())
def test_a_part_of_an_order_costs_the_sum_of_its_lines_parts(lines):
    money = allocation.money(items_of(lines))

    def part(line, *names):
        return share(sum(getattr(line.charges, name) for name in names), line.live, line.quantity)

    plus = (("product", "fee"), ("product_tax", "fee_tax"), ("shipping",), ("shipping_tax",))
    minus = (("discount",), ("shipping_discount",))
    expected = total(part(line, *names) for line in lines for names in plus)
    expected -= total(part(line, *names) for line in lines for names in minus)
    assert money.total == expected
    assert sum(item.quantity for item in money.items) == sum(line.live for line in lines)
    assert {number for item in money.items for number in item.ext_id.split(",")} == {
        line.number for line in lines if line.live
    }


@PROPERTY
@given(CENTS, st.lists(st.integers(1, 5), min_size=1, max_size=8))
def test_units_split_in_any_sequence_lose_no_cent(amount, parts):
    """Shipment by shipment, refund by refund: each part is the difference of two shares of the whole."""
    whole, done, paid = sum(parts), 0, []
    for part in parts:
        paid.append(share(amount, done + part, whole) - share(amount, done, whole))
        done += part
    assert total(paid) == amount
    assert all(money >= 0 for money in paid)
    assert all(abs(money - amount * part / whole) <= CENT for money, part in zip(paid, parts, strict=True))


def test_no_unit_of_nothing_costs_nothing():
    assert share(Decimal("9.99"), 0, 0) == ZERO


def in_commerce(money):
    """The order as Commerce shows it when it took every column."""
    columns = {
        "grand_total": money.total,
        "subtotal": money.subtotal,
        "shipping_amount": money.shipping,
        "shipping_tax_amount": money.shipping_tax,
        "tax_amount": money.tax,
        "discount_amount": -money.discount,
        "shipping_discount_amount": money.shipping_discount,
    }
    return CommerceOrder(
        order_id=7,
        number="2000000007",
        external_number="1872846217683",
        cart_id=3,
        store_id=2,
        state="new",
        status="pending",
        created_at=NOON,
        updated_at=NOON,
        email="walmart-1@channel.invalid",
        email_sent=True,
        items=tuple(
            CommerceItem(
                item_id=item.item_id,
                cart_item_id=None,
                sku=item.sku,
                ordered=item.quantity,
                row_total=item.row_total,
                tax=item.tax,
                discount=item.discount,
                base_row_total=item.row_total,
                base_tax=item.tax,
                base_discount=item.discount,
            )
            for item in money.items
        ),
        money=columns | {f"base_{column}": amount for column, amount in columns.items()},
        payment_id=9,
        payment_lines=(),
    )


@PROPERTY
@given(live_lines(whole=True))
def test_an_order_that_took_every_column_does_not_differ(lines):
    money = allocation.money(items_of(lines))
    assert allocation.differences(money, in_commerce(money)) == []


@PROPERTY
@given(live_lines(whole=True), st.data())
def test_a_cent_in_any_column_is_found_and_named(lines, data):
    money = allocation.money(items_of(lines))
    shown = in_commerce(money)
    column = data.draw(st.sampled_from(sorted(shown.money)))
    changed = replace(shown, money=shown.money | {column: shown.money[column] + CENT})
    assert [found.values["column"] for found in allocation.differences(money, changed)] == [column]


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("qty_ordered", {"ordered": 3}),
        ("row_total", {"row_total": Decimal("19.99")}),
        ("tax_amount", {"tax": Decimal("0.00")}),
        ("discount_amount", {"discount": Decimal("1.00")}),
        ("base_row_total", {"base_row_total": Decimal("19.99")}),
        ("base_tax_amount", {"base_tax": Decimal("0.00")}),
        ("base_discount_amount", {"base_discount": Decimal("1.00")}),
    ],
)
def test_a_difference_of_an_item_is_found_and_named(column, change):
    charges = LineCharges(product=Decimal("20.00"), product_tax=Decimal("1.60"))
    lines = [LiveLine(number="1", sku="MUG", quantity=2, live=2, charges=charges)]
    money = allocation.money(items_of(lines))
    shown = in_commerce(money)
    changed = replace(shown, items=(replace(shown.items[0], **change),))
    assert [found.values["column"] for found in allocation.differences(money, changed)] == [f"MUG: {column}"]


def test_a_missing_item_is_named():
    lines = [LiveLine(number="1", sku="MUG", quantity=1, live=1, charges=LineCharges(product=Decimal("5.00")))]
    money = allocation.money(items_of(lines))
    found = allocation.differences(money, replace(in_commerce(money), items=()))
    assert [str(sentence) for sentence in found] == ["Item MUG is missing in Commerce."]


def test_items_are_matched_to_lines_however_the_shop_spells_them():
    lines = [
        LiveLine(number="1", sku="cap-1 ", quantity=1, live=1, charges=LineCharges(product=Decimal("1.00"))),
        LiveLine(number="2", sku="CAP-1", quantity=2, live=2, charges=LineCharges(product=Decimal("2.00"))),
        LiveLine(number="3", sku="mug", quantity=1, live=0, charges=LineCharges(product=Decimal("3.00"))),
    ]
    items = [CommerceItem(item_id=11, cart_item_id=None, sku="Cap-1", ordered=3)]
    matched = allocation.match_items(items, lines)
    assert {item: [line.number for line in bundle.lines] for item, bundle in matched.items()} == {11: ["1", "2"]}


def test_items_are_known_by_their_cart_item_however_the_shop_spells_the_sku():
    charges = LineCharges(product=Decimal("10.00"))
    lines = [
        LiveLine(number=n, sku=s, quantity=1, live=1, charges=charges)
        for n, s in (("1", "CAFE"), ("2", "cafe"), ("3", "TEA"))
    ]
    items = [
        CommerceItem(item_id=71, cart_item_id=8, sku="TEA", ordered=1),
        CommerceItem(item_id=70, cart_item_id=7, sku="CAFÉ", ordered=2),
    ]
    found = allocation.items_of_cart(items, lines, {7: ["1", "2"], 8: ["3"]})
    assert {item_id: [line.number for line in bundle.lines] for item_id, bundle in found.items()} == {
        71: ["3"],
        70: ["1", "2"],
    }
    assert found[70].quantity == 2


def edited(item_id, sku, product_id):
    return CommerceItem(item_id=item_id, cart_item_id=None, sku=sku, ordered=1, product_id=product_id)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([edited(1, "CAP", 7)], [edited(9, "CAP-RENAMED", 7)], {9: 1}),
        ([edited(1, "CAP", None)], [edited(9, "cap ", None)], {9: 1}),
        ([edited(1, "CAP-S", 7), edited(2, "CAP-M", 7)], [edited(9, "CAP-M", 7)], {9: 2}),
        ([edited(1, "CAP", 7)], [edited(9, "MUG", 8)], {}),
    ],
)
def test_an_edited_orders_items_come_from_those_of_the_same_product(before, after, expected):
    found = allocation.originals(before, after)
    assert {item_id: item.item_id for item_id, item in found.items()} == expected
