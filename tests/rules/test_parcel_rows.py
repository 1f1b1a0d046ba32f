"""Rows of parcels as people paste them."""

import pytest

from channel_manager.orders.rules.parcels import MOST_ROWS, read


def cells(text):
    return [(row.order, row.sku, row.quantity, row.carrier, row.number) for row in read(text)]


FULL = [("1085", "MUG-1", 2, "UPS", "1Z999")]
SHORT = [("1085", "", None, "UPS", "1Z999")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1085,MUG-1,2,UPS,1Z999", FULL),
        ("1085;MUG-1;2;UPS;1Z999", FULL),
        ("1085\tMUG-1\t2\tUPS\t1Z999", FULL),
        ("1085,,,UPS,1Z999", SHORT),
        ("1085,UPS,1Z999", SHORT),
        ("#1085 , UPS , 1Z 999\r\n\r\n", SHORT),
        ("\ufeffOrder number,Carrier,Tracking number\n1085,UPS,1Z999", SHORT),
        ("Tracking #;Qty;SKU;PO;Carrier\n1Z999;2;MUG-1;1085;UPS", FULL),
        ('1085,"MUG-1",2,"UPS","1Z999"', FULL),
        ("", []),
        ("\n \n,,\n", []),
    ],
)
def test_what_is_read(text, expected):
    assert cells(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (",UPS,1Z999", "order number is missing"),
        ("1085,,0,UPS,1Z999", "not a quantity"),
        ("1085,,two,UPS,1Z999", "not a quantity"),
        ("1085,,,,1Z999", "carrier is missing"),
        ("1085,,,UPS,", "tracking number is missing"),
        ("1085,UPS", "needs an order number"),
        ("1085", "needs an order number"),
    ],
)
def test_what_is_wrong_with_a_row(text, says):
    (row,) = read(text)
    assert says in str(row.problem)


def test_carriers_of_commerce_and_any_other_by_name():
    rows = read("1,ups,a\n2,FedEx,b\n3,OnTrac,c")
    assert [(row.track.carrier_code, row.track.title) for row in rows] == [
        ("ups", "UPS"),
        ("fedex", "FedEx"),
        ("custom", "OnTrac"),
    ]


def test_one_row_too_many_is_noticed_and_no_more_are_read():
    assert len(read("1,UPS,a\n" * (MOST_ROWS * 3))) == MOST_ROWS + 1
