"""One order on three sides: every way in which they can differ, and what becomes of each."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from channel_manager.ports.documents import (
    CommerceItem,
    CommerceMemo,
    CommerceOrder,
    CommerceShipment,
    ItemMoney,
    OrderMoney,
    Track,
)
from channel_manager.ports.messages import (
    Address,
    Fulfilment,
    IncomingLine,
    IncomingOrder,
    LineCharges,
    LineState,
    Platform,
    RefundedCharges,
    ReportedQuantity,
)
from channel_manager.reconciliation.rules.comparing import compare
from channel_manager.reconciliation.rules.facts import (
    InCommerce,
    Record,
    RecordItem,
    RecordLine,
    RecordOperation,
    RecordShipment,
)
from channel_manager.reconciliation.rules.judging import Action, UnderWay, judge
from channel_manager.shared.sentences import say

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NUMBER = "1796277083022"
CHARGES = LineCharges(product=Decimal("30.00"), product_tax=Decimal("2.40"))
MONEY = OrderMoney(
    items=(
        ItemMoney(
            item_id=7,
            sku="MUG",
            quantity=3,
            row_total=Decimal("30.00"),
            tax=Decimal("2.40"),
            discount=Decimal(0),
            ext_id="1",
        ),
    ),
    shipping=Decimal(0),
    shipping_tax=Decimal(0),
    shipping_discount=Decimal(0),
)
ADDRESS = Address(name="Robin Doe", street=("1 Main",), city="Austin", state="TX", postcode="78701", country="US")


def reported(acknowledged=3, *, tracking="1Z1", **states):
    found = [ReportedQuantity(state=LineState.ACKNOWLEDGED, quantity=acknowledged)] if acknowledged else []
    for state, quantity in states.items():
        number = tracking if state in ("shipped", "delivered") else ""
        found.append(ReportedQuantity(state=LineState(state), quantity=quantity, tracking_number=number))
    return tuple(found)


def walmart(entries=None, **changes):
    line = IncomingLine(
        number="1",
        sku="MUG",
        name="Mug",
        quantity=changes.pop("quantity", 3),
        charges=changes.pop("charges", CHARGES),
        reported=reported() if entries is None else entries,
        refunded=changes.pop("refunded", RefundedCharges()),
        buyer_asked_to_cancel=changes.pop("asked", False),
    )
    order = IncomingOrder(
        number=NUMBER,
        customer_order_number="2",
        ordered_at=NOON,
        ship_by=None,
        deliver_by=None,
        ship_method="VALUE",
        fulfilment=Fulfilment.SELLER,
        replacement_for=None,
        email="",
        address=ADDRESS,
        lines=(line,),
        currency="USD",
        stated_total=None,
        raw={},
    )
    return replace(order, **changes)


def record(**changes):
    names = set(RecordLine.__dataclass_fields__) & changes.keys()
    facts = {"number": "1", "sku": "MUG", "quantity": 3, "charged": Decimal("32.40"), "item_id": 7}
    line = RecordLine(**(facts | {name: changes.pop(name) for name in names - {"number"}}))
    facts = {
        "id": 5,
        "number": NUMBER,
        "lines": (line,),
        "items": (RecordItem(item_id=7, sku="MUG"),),
        "commerce_order_id": 70,
        "commerce_number": "000070",
        "money": MONEY,
        "total": Decimal("32.40"),
    }
    return Record(**(facts | changes))


def commerce_order(order_id=70, **changes):
    money = {
        "grand_total": Decimal("32.40"),
        "subtotal": Decimal("30.00"),
        "tax_amount": Decimal("2.40"),
        "shipping_amount": Decimal(0),
    }
    item = CommerceItem(
        item_id=7,
        cart_item_id=1,
        sku="MUG",
        ordered=3,
        row_total=Decimal("30.00"),
        tax=Decimal("2.40"),
        base_row_total=Decimal("30.00"),
        base_tax=Decimal("2.40"),
    )
    units = {name: changes.pop(name) for name in ("shipped", "cancelled", "refunded") if name in changes}
    facts = {
        "order_id": order_id,
        "number": f"{order_id:06}",
        "external_number": NUMBER,
        "cart_id": 1,
        "store_id": 2,
        "state": "processing",
        "status": "processing",
        "created_at": NOON,
        "updated_at": NOON,
        "email": "",
        "email_sent": True,
        "items": (replace(item, **units),),
        "money": money | changes.pop("money", {}),
        "payment_id": 1,
        "payment_lines": (),
    }
    return CommerceOrder(**(facts | changes))


def commerce(*orders, **changes):
    return InCommerce(orders=orders or (commerce_order(),), **changes)


def parcel(*, units=2, number="1Z1", **changes):
    facts = {"id": 9, "units": (("1", units),), "numbers": (number,), "first_number": number}
    facts |= {"reported_number": number, "reported": True, "commerce_shipment_id": 90}
    return RecordShipment(**(facts | changes))


def shipment(*numbers, units=2):
    tracks = tuple(Track(carrier_code="ups", title="UPS", number=number, track_id=1) for number in numbers)
    return CommerceShipment(
        shipment_id=90, number="000090", order_id=70, created_at=NOON, quantities={7: units}, tracks=tracks
    )


def memo(memo_id, *comments, total="10.80"):
    return CommerceMemo(
        memo_id=memo_id,
        number=f"{memo_id:06}",
        order_id=70,
        created_at=NOON,
        quantities={7: 1},
        total=Decimal(total),
        comments=comments,
    )


def operation(kind="report_shipment", *, failed=True, platform=Platform.MARKETPLACE, **facts):
    return RecordOperation(id=33, kind=kind, platform=platform, failed=failed, **facts)


SHIPPED = {"shipped": 2, "reported_shipped": 2, "recorded_shipped": 2}
SHIPPED_THERE = reported(1, shipped=2)
CANCELLED = {"cancelled": 1, "reported_cancelled": 1}


def kinds(shown, ours, shop):
    return [(one.kind.value, one.side.value, one.expected, one.found) for one in compare(NUMBER, shown, ours, shop)]


@pytest.mark.parametrize(
    ("shown", "ours", "shop"),
    [
        (walmart(), record(), commerce()),
        (walmart(SHIPPED_THERE), record(**SHIPPED, shipments=(parcel(),)), commerce(commerce_order(shipped=2))),
        (walmart(reported(2, cancelled=1)), record(**CANCELLED), commerce(commerce_order(cancelled=1))),
        # a unit taken off an invoiced order by a memo is refunded in Commerce and cancelled everywhere else
        (
            walmart(reported(2, cancelled=1)),
            record(**CANCELLED, items=(RecordItem(item_id=7, sku="MUG", refunded_unshipped=1),)),
            commerce(commerce_order(refunded=1)),
        ),
        # cancelled in Commerce only: settled by a person
        (
            walmart(),
            record(items=(RecordItem(item_id=7, sku="MUG", written_off=1),)),
            commerce(commerce_order(cancelled=1)),
        ),
        # finished before the Commerce order was made
        (
            walmart(SHIPPED_THERE),
            record(**SHIPPED, shipped_before=2, money=None),
            commerce(),
        ),
        # adopted: Commerce's own history may contain what was finished before
        (
            walmart(SHIPPED_THERE),
            record(**SHIPPED, shipped_before=2, linked=True, commerce_total=Decimal("32.40")),
            commerce(commerce_order(shipped=2)),
        ),
        # fulfilled by Walmart: nothing of it is in Commerce
        (walmart(), record(read_only=True, commerce_order_id=None, acknowledged=False), InCommerce()),
        # left alone by the store's rule
        (walmart(), record(imported=False, commerce_order_id=None), InCommerce()),
        # finished when it was received
        (
            walmart(reported(0, cancelled=3)),
            record(cancelled=3, reported_cancelled=3, commerce_order_id=None, items=()),
            InCommerce(),
        ),
        # cancelled lines come back without money
        (
            walmart(reported(0, cancelled=3), charges=LineCharges(product=Decimal(0))),
            record(cancelled=3, reported_cancelled=3),
            commerce(commerce_order(cancelled=3)),
        ),
        # the dead parent of an Edit keeps the number
        (walmart(), record(), commerce(commerce_order(60, state="canceled", child_id=70), commerce_order())),
        # one too many that was cancelled by hand
        (walmart(), record(), commerce(commerce_order(), commerce_order(71, state="canceled"))),
        # a discount that Walmart pays looks like a refund of units still to be shipped
        (walmart(refunded=RefundedCharges(product=Decimal("1.00"))), record(), commerce()),
    ],
)
def test_sides_that_agree(shown, ours, shop):
    assert kinds(shown, ours, shop) == []


@pytest.mark.parametrize(
    ("shown", "ours", "shop", "expected"),
    [
        (walmart(), None, InCommerce(), ("missing_here", "marketplace", "1", "0")),
        (None, record(), commerce(), ("missing_at_marketplace", "marketplace", "1", "0")),
        (None, None, commerce(), ("foreign_in_commerce", "commerce", "0", "000070")),
        (walmart(), record(commerce_order_id=None), InCommerce(), ("missing_in_commerce", "commerce", "1", "0")),
        (walmart(), record(commerce_order_id=None), commerce(), ("missing_in_commerce", "commerce", "1", "000070")),
        (walmart(), record(), InCommerce(), ("gone_from_commerce", "commerce", "000070", "0")),
        (
            walmart(),
            record(),
            commerce(commerce_order(), commerce_order(71)),
            ("doubled_in_commerce", "commerce", "1", "000070, 000071"),
        ),
        (
            walmart(),
            record(),
            InCommerce(unreadable=(say("Cannot be understood."),)),
            ("unreadable", "commerce", "", ""),
        ),
        (walmart(quantity=4), record(), commerce(), ("ordered", "marketplace", "3", "4")),
        (walmart(SHIPPED_THERE), record(), commerce(), ("shipped", "marketplace", "0", "2")),
        (
            walmart(),
            record(shipped=2, recorded_shipped=2),
            commerce(commerce_order(shipped=2)),
            ("shipped", "marketplace", "2", "0"),
        ),
        (walmart(), record(), commerce(commerce_order(shipped=1)), ("shipped", "commerce", "0", "1")),
        (walmart(SHIPPED_THERE), record(**SHIPPED), commerce(), ("shipped", "commerce", "2", "0")),
        (walmart(reported(2, cancelled=1)), record(), commerce(), ("cancelled", "marketplace", "0", "1")),
        (
            walmart(),
            record(cancelled=1),
            commerce(commerce_order(cancelled=1)),
            ("cancelled", "marketplace", "1", "0"),
        ),
        (walmart(), record(), commerce(commerce_order(cancelled=1)), ("cancelled", "commerce", "0", "1")),
        (
            walmart(reported(0, delivered=3)),
            record(shipped=3, reported_shipped=3, recorded_shipped=3),
            commerce(commerce_order(shipped=3)),
            ("delivered", "marketplace", "0", "3"),
        ),
        (walmart(), record(), commerce(commerce_order(refunded=1)), ("refunded", "commerce", "0", "1")),
        (walmart(), record(), commerce(memos=(memo(4),)), ("refunded", "commerce", "0", "10.80")),
        (walmart(asked=True), record(), commerce(), ("buyer_request", "marketplace", "", "")),
        (walmart(), record(acknowledged=False), commerce(), ("acknowledged", "marketplace", "", "")),
        (walmart(reported(0, created=3)), record(), commerce(), ("acknowledged", "marketplace", "", "")),
        (
            walmart(charges=replace(CHARGES, product_tax=Decimal("2.41"))),
            record(),
            commerce(),
            ("charges", "marketplace", "32.40", "32.41"),
        ),
        (
            walmart(),
            record(),
            commerce(commerce_order(money={"grand_total": Decimal("32.39")})),
            ("total", "commerce", "32.40", "32.39"),
        ),
        (
            walmart(),
            record(),
            commerce(commerce_order(money={"tax_amount": Decimal("2.41")})),
            ("total", "commerce", "32.40", "32.40"),
        ),
        (
            walmart(),
            record(linked=True, commerce_total=Decimal("31.00")),
            commerce(),
            ("total", "commerce", "31.00", "32.40"),
        ),
        (
            walmart(reported(1, tracking="1Z2", shipped=2)),
            record(**SHIPPED, shipments=(parcel(),)),
            commerce(commerce_order(shipped=2)),
            ("tracking", "marketplace", "1Z1", "1Z2"),
        ),
        (
            walmart(SHIPPED_THERE),
            record(**SHIPPED, shipments=(parcel(),)),
            commerce(commerce_order(shipped=2), shipments=(shipment("1Z9"),)),
            ("tracking", "commerce", "1Z1", "1Z9"),
        ),
        (
            walmart(SHIPPED_THERE),
            record(**SHIPPED, shipments=(parcel(reported=False),)),
            commerce(commerce_order(shipped=2)),
            ("unconfirmed", "marketplace", "", "1Z1"),
        ),
        (
            walmart(reported(0, shipped=2, refunded=1), refunded=RefundedCharges(product=Decimal("10.80"))),
            record(shipped=3, reported_shipped=3, recorded_shipped=3, reported_refunded=1, shipments=()),
            commerce(commerce_order(shipped=3)),
            ("refund_money", "commerce", "10.80", "0"),
        ),
    ],
)
def test_a_single_difference_is_told_with_both_values(shown, ours, shop, expected):
    assert kinds(shown, ours, shop) == [expected]


def test_several_lines_of_one_sku_are_compared_as_one_commerce_item():
    first = record().lines[0]
    lines = (replace(first, quantity=2, recorded_shipped=2, shipped=2), replace(first, number="2", quantity=1))
    ours = record(lines=lines, money=None)
    [found] = [one for one in compare(NUMBER, None, ours, commerce(commerce_order(shipped=3))) if one.line == "MUG"]
    assert (found.expected, found.found) == ("2", "3")


def test_our_own_credit_memos_and_those_we_know_are_none_too_many():
    ours = record(memo_ids=frozenset({4}))
    shop = commerce(memos=(memo(4), memo(5, "[channel] units canceled"), replace(memo(6), cancelled=True)))
    assert kinds(walmart(), ours, shop) == []


@pytest.mark.parametrize(
    ("failed", "shown", "shop", "closes"),
    [
        (operation("acknowledge"), walmart(), commerce(), True),
        (operation("acknowledge"), walmart(reported(0, created=3)), commerce(), False),
        (operation(shipment=9), walmart(SHIPPED_THERE), commerce(), True),
        (operation(shipment=9), walmart(), commerce(), False),
        (operation(shipment=8), walmart(SHIPPED_THERE), commerce(), False),
        (operation("cancel_on_marketplace"), walmart(), commerce(), True),
        (operation("create_commerce_order", platform=Platform.COMMERCE), None, commerce(), True),
        (operation("create_commerce_order", platform=Platform.COMMERCE, placed=True), None, commerce(), False),
        (operation("create_commerce_order", platform=Platform.COMMERCE), None, InCommerce(), False),
        (operation("mirror_cancellation", platform=Platform.COMMERCE), None, commerce(), True),
        (operation("refund_return"), walmart(), commerce(), False),
    ],
)
def test_a_failed_step_whose_effect_is_there_is_recognised(failed, shown, shop, closes):
    ours = record(operations=(failed,), shipments=(parcel(reported=False, reported_number=""),))
    told = [one.operation for one in compare(NUMBER, shown, ours, shop) if one.kind == "failed_though_shown"]
    assert told == ([33] if closes else [])


LESS = (walmart(), record(shipped=2, recorded_shipped=2), commerce(commerce_order(shipped=2)))
WAITING = operation("create_commerce_shipment", failed=False, platform=Platform.COMMERCE)
ACKNOWLEDGING = operation("acknowledge", failed=False)


def decided(shown, ours, shop):
    [difference] = compare(NUMBER, shown, ours, shop)
    return judge(difference, ours)


@pytest.mark.parametrize(
    ("shown", "ours", "shop"),
    [
        (LESS[0], replace(LESS[1], operations=(operation(failed=False),)), LESS[2]),
        (LESS[0], replace(LESS[1], operations=(WAITING,)), LESS[2]),
        (LESS[0], replace(LESS[1], asks=True), LESS[2]),
        (walmart(), record(commerce_order_id=None, operations=(WAITING,)), InCommerce()),
        (walmart(reported(0, created=3)), record(operations=(ACKNOWLEDGING,)), commerce()),
    ],
)
def test_what_is_under_way_or_asked_on_the_order_is_no_finding(shown, ours, shop):
    assert decided(shown, ours, shop) == UnderWay()


@pytest.mark.parametrize(
    ("shown", "ours", "shop", "action", "target"),
    [
        (LESS[0], replace(LESS[1], operations=(operation(),)), LESS[2], Action.RETRY, 33),
        (LESS[0], replace(LESS[1], operations=(ACKNOWLEDGING,)), LESS[2], Action.CHECK, None),
        (
            LESS[0],
            replace(LESS[1], shipments=(parcel(reported=False, reported_number=""),)),
            LESS[2],
            Action.REPORT,
            9,
        ),
        (
            LESS[0],
            replace(LESS[1], shipments=(parcel(reported=False, held=True),), asks=False),
            LESS[2],
            Action.CHECK,
            None,
        ),
        (walmart(), record(commerce_order_id=None), InCommerce(), Action.CREATE, None),
        (walmart(), record(), commerce(commerce_order(), commerce_order(71)), Action.CHECK, None),
        # nothing that is open makes a double right
        (
            walmart(),
            record(operations=(WAITING,)),
            commerce(commerce_order(), commerce_order(71)),
            Action.CHECK,
            None,
        ),
        (
            walmart(),
            record(),
            commerce(commerce_order(money={"grand_total": Decimal("32.39")})),
            Action.CHECK,
            None,
        ),
        (walmart(), record(), InCommerce(), Action.CHECK, None),
        (
            walmart(reported(0, shipped=2, refunded=1), refunded=RefundedCharges(product=Decimal("10.80"))),
            record(shipped=3, reported_shipped=3, recorded_shipped=3, reported_refunded=1, returns=(44,)),
            commerce(commerce_order(shipped=3)),
            Action.CREDIT_MEMO,
            44,
        ),
    ],
)
def test_what_needs_a_person_becomes_one_proposal_with_a_preview(shown, ours, shop, action, target):
    proposal = decided(shown, ours, shop)
    assert (proposal.action, proposal.target) == (action, target)
    assert all(str(sentence) for sentence in proposal.preview)
    assert proposal.preview


def test_an_order_nobody_knows_is_looked_at_by_hand():
    [difference] = compare(NUMBER, None, None, commerce())
    assert judge(difference, None).action == Action.CHECK
