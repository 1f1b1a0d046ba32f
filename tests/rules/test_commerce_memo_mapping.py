"""Credit memos ↔ our words, and the guards that the shop lacks (observed §6, §9, commerce-api §7)."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from channel_manager.connectors.adobe_commerce.mapping import memos
from channel_manager.connectors.adobe_commerce.mapping.reading import UnreadableAnswer
from channel_manager.ports.documents import CommerceMemo, MemoItem, NewMemo

D = Decimal
WANTED = NewMemo(quantities={30: 1}, shipping=D("4.57"), restock=(30,), comment="Returned", marker="[cm 5]")
BARE = {"entity_id": 5, "order_id": 12, "created_at": "2026-11-23 12:00:00"}
MEMO = {
    **BARE,
    "entity_id": "5",
    "increment_id": "2000000005",
    "state": 2,
    "grand_total": 15.63,
    "subtotal": "9.9900",
    "tax_amount": 1.07,
    "shipping_amount": 4.57,
    "shipping_tax_amount": 0.37,
    "discount_amount": -1,
    "adjustment_positive": 2,
    "adjustment_negative": "1.0000",
    "items": [
        {
            "order_item_id": 30,
            "sku": "HAT",
            "qty": "1.0000",
            "row_total": 9.99,
            "tax_amount": 0.7,
            "discount_amount": 1,
        },
        {"order_item_id": 32, "sku": "CAP", "qty": 0, "row_total": 0},
    ],
    "comments": [{"comment": "Returned\n[cm 5]"}, {"comment": None}],
}


def test_a_new_memo_is_always_explicit_and_notifies_nobody():
    assert memos.new_memo(WANTED) == {
        "items": [{"order_item_id": 30, "qty": 1}],
        "notify": False,
        "appendComment": False,
        "comment": {"comment": "Returned\n[cm 5]", "is_visible_on_front": 0},
        "arguments": {
            "shipping_amount": D("4.57"),
            "adjustment_positive": D("0.00"),
            "adjustment_negative": D("0.00"),
            "extension_attributes": {"return_to_stock_items": [30]},
        },
    }


def test_money_alone_names_an_item_of_nothing():
    body = memos.new_memo(NewMemo(quantities={30: 0}, shipping=D(0), restock=(), comment="", plus=D("5.00")))
    assert body["items"] == [{"order_item_id": 30, "qty": 0}]
    assert body["arguments"]["adjustment_positive"] == D("5.00")
    assert "comment" not in body


def test_what_is_kept_back_is_sent_as_a_negative_adjustment():
    assert memos.new_memo(replace(WANTED, minus=D("1.25")))["arguments"]["adjustment_negative"] == D("1.25")


@pytest.mark.parametrize(
    "changes",
    [
        {"quantities": {}, "restock": ()},
        {"quantities": {30: -1}},
        {"quantities": {30: 0}, "shipping": D(0), "restock": ()},
        {"quantities": {30: 0}, "shipping": D(0), "restock": (), "plus": D(5), "minus": D(5)},
        {"quantities": {30: 0}, "shipping": D(1), "restock": (), "minus": D(2)},
        {"shipping": D(-1)},
        {"plus": D(-1)},
        {"minus": D("-0.01")},
        {"plus": D("0.001")},
        {"plus": D("NaN")},
        {"shipping": D("Infinity")},
        {"restock": (31,)},
        {"quantities": {30: 1, 31: 0}, "restock": (31,)},
    ],
)
def test_what_the_shop_would_misread_is_refused_before_it_is_sent(changes):
    with pytest.raises(ValueError, match=r"\w+ .*"):
        memos.new_memo(replace(WANTED, **changes))


def test_a_memo_is_read_whole():
    assert memos.memo(MEMO) == CommerceMemo(
        memo_id=5,
        number="2000000005",
        order_id=12,
        created_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
        quantities={30: 1},
        total=D("15.63"),
        subtotal=D("9.99"),
        tax=D("1.07"),
        shipping=D("4.57"),
        shipping_tax=D("0.37"),
        discount=D("1.00"),
        plus=D("2.00"),
        minus=D("1.00"),
        items=(MemoItem(item_id=30, quantity=1, row_total=D("9.99"), tax=D("0.70"), discount=D("1.00")),),
        comments=("Returned\n[cm 5]", ""),
    )


def test_a_memo_may_lack_nearly_everything():
    memo = memos.memo(BARE)
    assert (memo.number, memo.quantities, memo.total, memo.items, memo.comments) == ("", {}, D("0.00"), (), ())
    assert memos.memo({**BARE, "items": None, "comments": None}) == memo
    assert not memo.cancelled
    assert memos.memo({**BARE, "state": "3"}).cancelled


def test_of_a_configurable_only_the_parent_counts():
    parent = {"order_item_id": 30, "product_id": 7, "sku": "HAT-RED", "qty": 2, "row_total": 19.98}
    child = {"order_item_id": 31, "product_id": 8, "sku": "HAT-RED", "qty": 2, "row_total": 0}
    assert memos.memo({**BARE, "items": [child, parent]}).quantities == {30: 2}
    free = {**parent, "row_total": 0}
    assert memos.memo({**BARE, "items": [free, child]}).quantities == {30: 2}


def test_other_rows_of_one_sku_count():
    """Of one product twice, and of a variant that is paid for on its own."""
    first = {"order_item_id": 30, "product_id": 7, "sku": "HAT", "qty": 1, "row_total": 9.99}
    again = {"order_item_id": 32, "product_id": 7, "sku": "HAT", "qty": 1}
    paid = {"order_item_id": 33, "product_id": 9, "sku": "HAT", "qty": 1, "row_total": 5}
    assert memos.memo({**BARE, "items": [first, again, paid]}).quantities == {30: 1, 32: 1, 33: 1}


def test_rows_of_one_item_are_added_up():
    row = {"order_item_id": 30, "sku": "HAT", "qty": 1, "row_total": 9.99, "tax_amount": 0.7}
    memo = memos.memo({**BARE, "items": [row, row]})
    assert memo.quantities == {30: 2}
    assert memo.items == (MemoItem(item_id=30, quantity=2, row_total=D("19.98"), tax=D("1.40")),)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"entity_id": None}, "entity_id"),
        ({"order_id": "x"}, "order_id"),
        ({"created_at": "0000-00-00 00:00:00"}, "created_at"),
        ({"grand_total": "much"}, "grand_total"),
        ({"items": [{"qty": 1}]}, "items[0].order_item_id"),
        ({"items": [{"order_item_id": 30, "qty": -1}]}, "items[0].qty"),
        ({"items": [{"order_item_id": 30, "qty": 1, "row_total": {}}]}, "items[0].row_total"),
        ({"items": 5}, "items"),
    ],
)
def test_what_must_be_there_is_named_by_its_path(changes, path):
    with pytest.raises(UnreadableAnswer) as error:
        memos.memo({**BARE, **changes})
    assert error.value.path == path
