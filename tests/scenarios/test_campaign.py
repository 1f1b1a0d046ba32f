"""The fault campaign: a minute of it with real worker processes, the schedule it follows, and that it can see."""

import copy
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chaos import schedule
from chaos.judging import comparison, listings
from chaos.judging.comparison import Sides
from chaos.judging.listings import Shelf
from chaos.judging.record import Ours
from chaos.lives import shelves
from chaos.lives.ledger import Ledger
from chaos.lives.stories import LATE, STORIES, Expected, Life, Line, Step, expected, life
from chaos.schedule import DISASTERS, IN_A_ROW, Kind, Point, fault_at, number_of
from chaos.wire.points import Names
from chaos.wire.watch import Call, Watch

CHECKOUT = Path(__file__).parents[2]
PO = number_of(17)
PLACE = Point("commerce", "create_commerce_order", PO, "PUT carts/order")
SHIP = Point("walmart", "report_shipment", PO, "POST orders/shipping")


def test_the_same_call_of_the_same_operation_meets_the_same_fault_again():
    calls = [(point, number) for point in (PLACE, SHIP) for number in range(100)]
    there = [fault_at(5, point, number) for point, number in calls]
    back = [fault_at(5, point, number) for point, number in reversed(calls)]
    assert there == back[::-1]
    assert there != [fault_at(6, point, number) for point, number in calls]


def test_no_operation_is_kept_from_its_end():
    for seed in range(20):
        free = [fault_at(seed, SHIP, number) is None for number in range(200)]
        assert all(any(free[start : start + IN_A_ROW + 1]) for start in range(196))


def test_every_kind_meets_writes_and_kills_come_often_enough():
    met = Counter(
        fault.kind
        for index in range(1000)
        for number in range(4)
        if (fault := fault_at(1, Point("walmart", "report_shipment", number_of(index), "POST orders/shipping"), number))
    )
    assert set(met) == set(schedule.WRITES)
    assert met[Kind.KILL] > 20
    assert met[Kind.LOST] > 100


def test_each_disaster_waits_once_in_a_block_of_orders_and_early():
    for seed in range(30):
        appointed = [kind for index in range(schedule.EARLY) for kind, _ in schedule.disasters_of(seed, index)]
        assert sorted(appointed) == sorted(DISASTERS)
        rest = [schedule.disasters_of(seed, index) for index in range(schedule.EARLY, schedule.BLOCK)]
        assert not any(rest)


def test_calls_are_named_without_any_generated_number():
    names = Names()
    search = f"/rest/walmart/V1/orders?searchCriteria[filter_groups][0][filters][0][value]={PO}"
    point, worker = names.point("commerce", "GET", search, "create_commerce_order|order:3|worker-8")
    assert (point, worker) == (Point("commerce", "create_commerce_order", PO, "GET orders"), "worker-8")
    point, _ = names.point("commerce", "PUT", "/rest/walmart/V1/carts/4711/order", "create_commerce_order|order:3|w")
    assert point == PLACE
    point, _ = names.point("walmart", "POST", f"/v3/orders/{PO}/shipping", "report_shipment|order:3|w")
    assert point == SHIP
    point, _ = names.point("walmart", "POST", "/v3/token", "report_shipment|order:3|w")
    assert (point.about, point.whose) == ("token", "")
    point, _ = names.point("walmart", "PUT", "/v3/inventory?sku=CAP%2FBLK%201", "send_stock|sku:1:CAP/BLK 1|w")
    assert point == Point("walmart", "send_stock", "CAP/BLK 1", "PUT inventory")
    point, _ = names.point("walmart", "PUT", "/v3/inventory?sku=PAN-26", "report_shipment|order:3|w")
    assert point == Point("walmart", "report_shipment", PO, "PUT inventory")
    point, _ = names.point("walmart", "GET", "/v3/feeds/0F1A@AX8BCgA?limit=50", "stream feeds||w")
    assert (point.whose, point.call) == ("", "GET feeds/one")


def test_a_minute_of_the_campaign_has_a_return_that_nobody_pays_for():
    assert any(step.act == LATE for index in range(16) for step in life(1, index).steps)


def test_lives_never_ship_cancel_or_pay_back_more_than_there_is():
    lives = [life(9, index) for index in range(400)]
    assert {one.story for one in lives} == set(STORIES)
    for one in lives:
        assert one == life(9, one.index)
        for done in range(len(one.steps) + 1):
            state = expected(one, done)
            assert all(state.shipped[line] + state.cancelled[line] <= units for line, units in one.units.items())
            assert all(state.refunded[line] <= state.shipped[line] for line in one.units)
            assert len(state.parcels) == len(set(state.parcels))


STORY = Life(
    1,
    17,
    (Line("MUG", 3, "9.99"),),
    "ship here",
    (
        Step("ship_here", {"1": 2}, "1Z1"),
        Step("cancel_here", {"1": 1}, more="stock"),
        Step("open_return", {"1": 1}, "8"),
        Step("memo_here", {"1": 1}, "8"),
    ),
)


def sides():
    """After STORY, as it must be."""
    item = {"sku": "MUG", "qty_ordered": 3, "qty_shipped": 2, "qty_canceled": 1, "qty_refunded": 1, "qty_invoiced": 2}
    memo = {"items": [{"qty": 1}], "comments": [{"comment": "[channel]"}]}
    shop = {
        "increment_id": "1",
        "ext_order_id": PO,
        "grand_total": 29.97,
        "items": [item],
        "comments": [{"comment": "[channel] cancellation 1"}],
        "creditmemos": [memo],
        "shipments": [
            {"increment_id": "1", "tracks": [{"track_number": "1Z1"}], "items": [{"sku": "MUG", "qty": 2}]},
        ],
    }
    walmart_line = {
        "line": "1",
        "sku": "MUG",
        "ordered": 3,
        "created": 0,
        "acknowledged": 0,
        "shipped": [{"quantity": 2, "number": "1Z1"}],
        "cancelled": [{"quantity": 1}],
        "refunds": [],
    }
    our_line = {
        "number": "1",
        "quantity": 3,
        "shipped": 2,
        "cancelled": 1,
        "sent_shipped": 2,
        "sent_cancelled": 1,
        "asked": False,
    }
    row = {
        "lines": [our_line],
        "failed": [],
        "unfinished": [],
        "details": [],
        "has_error": False,
        "commerce_total": "29.97",
        "total": "29.97",
        "refunds": [{"effect": "return", "total": "9.99", "reported": True}],
        "open": 0,
    }
    returned = {"lines": [{"line": "1", "refunded": 1}]}
    return Sides(walmart={"lines": [walmart_line]}, shops=[shop], returns=[returned], ours=Ours(row))


def found(of):
    state = expected(STORY, len(STORY.steps))
    return comparison.differences(STORY, state, of) + comparison.refunds(STORY, state, of)


def test_what_is_as_it_must_be_is_not_complained_of():
    assert found(sides()) == []


def doubled_order(of):
    of.shops.append(copy.deepcopy(of.shops[0]))


def doubled_parcel_at_walmart(of):
    of.walmart["lines"][0]["shipped"].append({"quantity": 2, "number": "1Z1"})


def parcel_under_another_number(of):
    of.walmart["lines"][0]["shipped"][0]["number"] = "1Z2"


def doubled_shipment_in_commerce(of):
    of.shops[0]["shipments"].append(of.shops[0]["shipments"][0])


def lost_cancellation_in_commerce(of):
    of.shops[0]["items"][0]["qty_canceled"] = 0


def doubled_cancellation_at_walmart(of):
    of.walmart["lines"][0]["cancelled"].append({"quantity": 1})


def doubled_memo(of):
    of.shops[0]["creditmemos"] *= 2


def doubled_refund_at_walmart(of):
    of.returns[0]["lines"][0]["refunded"] = 2


def a_cent_too_much(of):
    of.shops[0]["grand_total"] = 29.98


def doubled_comment(of):
    of.shops[0]["comments"] *= 2


def record_that_missed_a_shipment(of):
    of.ours.row["lines"][0]["shipped"] = 0


def silent_failure(of):
    of.ours.row["failed"].append({"kind": "report_shipment", "error": {}})


def failure_that_asks_for_no_reason(of):
    of.ours.row["failed"].append({"kind": "report_shipment", "error": {}})
    of.ours.row["details"].append({"template": "Walmart refused it.", "values": {}})


def operation_that_never_ended(of):
    of.ours.row["unfinished"].append({"kind": "report_shipment", "state": "sending", "error": None})


def never_acknowledged(of):
    of.walmart["lines"][0]["created"] = 1


@pytest.mark.parametrize(
    "damage",
    [
        doubled_order,
        doubled_parcel_at_walmart,
        parcel_under_another_number,
        doubled_shipment_in_commerce,
        lost_cancellation_in_commerce,
        doubled_cancellation_at_walmart,
        doubled_memo,
        doubled_refund_at_walmart,
        a_cent_too_much,
        doubled_comment,
        record_that_missed_a_shipment,
        silent_failure,
        failure_that_asks_for_no_reason,
        operation_that_never_ended,
        never_acknowledged,
    ],
)
def test_the_comparison_sees(damage):
    state = sides()
    damage(state)
    assert found(state)


def test_after_a_race_a_person_may_be_asked_but_in_words():
    raced, state = replace(STORY, raced=True), sides()
    failure_that_asks_for_no_reason(state)
    assert comparison.differences(raced, Expected(), state) == []
    state.ours.row["details"].clear()
    assert comparison.differences(raced, Expected(), state) == ["failed without a word on the order's page"]


def test_what_nobody_asked_for_is_seen():
    shops = [{"increment_id": "9", "ext_order_id": None}, {"increment_id": "1", "ext_order_id": PO}]
    assert len(comparison.strangers({PO: STORY}, shops)) == 1
    assert comparison.strange_mails([{"to": "walmart-1@channel.invalid"}, {"to": "buyer@relay.walmart.com"}]) == [
        "a mail to buyer@relay.walmart.com"
    ]


def test_what_can_be_sold_follows_what_was_kept():
    state = {PO: sides()}
    assert comparison.stock([(STORY, 4)], state, {"MUG": 50.0}, {"MUG": 49.0}) == []
    assert comparison.stock([(STORY, 4)], state, {"MUG": 50.0}, {"MUG": 46.0}) != []


def test_a_step_that_was_not_made_brings_nothing_back_to_stock():
    assert comparison.stock([(STORY, 3)], {PO: sides()}, {"MUG": 50.0}, {"MUG": 48.0}) == []


def test_an_order_that_never_came_is_seen():
    lost = Sides(walmart={"lines": []}, shops=[], returns=[], ours=None)
    assert comparison.differences(STORY, Expected(), lost) == ["never received"]


def test_the_shop_changes_and_imports_the_same_stock_again():
    drawn = [act for index in range(200) for act in shelves.acts(3, index)]
    assert drawn == [act for index in range(200) for act in shelves.acts(3, index)]
    assert {act.act for act in drawn} == {*shelves.ACTS, "count"}
    assert any(act.act == "count" for index in range(16) for act in shelves.acts(1, index))
    assert all(shelves.LEAST <= shelves.stock_of(3)[sku] <= shelves.MOST for sku in shelves.ASKED)


def shelf(**damage):
    """Nine can be sold, two of an order have not shipped."""
    ours = {"status": "matched", "salable": 9, "open_units": 2, "disagreements": 0, "active": True, "wanted": 11}
    ours |= {"sent": 11, "carrier": "", "dirty": False, "held": False, "error": None}
    ours |= {name: damage.pop(name) for name in list(damage) if name in ours and name not in ("salable", "open_units")}
    right = {"sku": "MUG", "stated": 11, "salable": 9, "enabled": True, "open_units": 2, "left": 9, "untold": ()}
    return Shelf(**(right | {"ours": ours} | damage))


def test_a_listing_that_agrees_is_not_complained_of():
    assert listings.differences(shelf()) == []
    off = shelf(enabled=False, stated=2, wanted=2, sent=2)
    assert listings.differences(off) == []


@pytest.mark.parametrize(
    "damage",
    [
        {"stated": 12},
        {"stated": None},
        {"salable": 8},
        {"open_units": 1},
        {"enabled": False},
        {"left": 8},
        {"untold": ["sold in the shop"]},
        {"wanted": 10},
        {"sent": 10},
        {"sent": None},
        {"carrier": "feed:1"},
        {"dirty": True},
        {"held": True},
        {"active": False},
        {"error": {"class": "Rejected"}},
        {"disagreements": 2},
        {"status": "unlinked"},
        {"ours": None},
    ],
    ids=str,
)
def test_the_comparison_sees_damaged_stock(damage):
    assert listings.differences(shelf(**damage)) != []


def test_what_is_held_and_what_is_left_over_is_seen():
    assert listings.held({"MUG": 0, "CUP": 3}) == {"CUP": ["is out of stock, and Walmart is told 3"]}
    failed = {"subject": "sku:1:A:B", "kind": "send_stock", "state": "failed", "error": "Rejected"}
    feed = {"id": 4, "state": "waiting", "lines": 30, "refused": 0, "odd": None}
    assert set(listings.left_over([failed], [feed])) == {"A:B", "feed:4"}
    assert listings.left_over([], []) == {}


class Desk:
    """Walmart's desk for one product: ten stated, three held back for an order."""

    def __init__(self, stated=10, reserved=3):
        self.stated, self.reserved = stated, reserved
        self.ledger = Ledger({"MUG": 10})
        self.ledger.promised({"MUG": 3})
        self.watch = Watch(self.ledger, self.stock, lambda _number: {"1": "MUG"}, frozenset({"MUG"}))

    def stock(self, _sku):
        return {
            "input": self.stated,
            "reserved": self.reserved,
            "available": max(self.stated - self.reserved, 0),
        }

    def states(self, units, about="send_stock|sku:1:MUG", refused=False):
        body = json.dumps({"sku": "MUG", "quantity": {"unit": "EACH", "amount": units}}).encode()
        call = Call(about, "PUT", "/v3/inventory?sku=MUG", body)
        if refused:
            self.watch.refused(call, Kind.UNAVAILABLE)
            return
        self.watch.coming(call)
        self.stated = units
        self.watch.executed(call, 200)

    def ships(self, units):
        status = [{"status": "Shipped", "statusQuantity": {"amount": str(units)}}]
        line = {"lineNumber": "1", "orderLineStatuses": {"orderLineStatus": status}}
        body = json.dumps({"orderShipment": {"orderLines": {"orderLine": [line]}}}).encode()
        call = Call("report_shipment|order:5", "POST", f"/v3/orders/{PO}/shipping", body)
        self.watch.coming(call)
        self.reserved -= units
        self.watch.executed(call, 200)

    def submits(self, units):
        body = json.dumps({"Inventory": [{"sku": "MUG", "quantity": {"amount": units}}]}).encode()
        self.watch.coming(Call("submit_stock_feed|feed:1", "POST", "/v3/feeds?feedType=inventory", body))

    @property
    def oversold(self):
        return bool(self.watch.violations["MUG"])


LOWERING = "report_shipment|order:5"


def test_units_that_walmart_frees_are_seen_if_the_figure_was_not_lowered_before():
    right, wrong = Desk(), Desk()
    right.states(7, LOWERING)
    right.ships(3)
    assert not right.oversold
    wrong.ships(3)
    assert wrong.oversold
    assert "frees 3" in wrong.watch.trace["MUG"][0]


def test_a_figure_that_is_too_high_is_seen_at_once():
    desk = Desk()
    desk.states(10)
    assert not desk.oversold
    desk.states(11)
    assert desk.oversold


def test_a_figure_that_walmart_did_not_take_may_be_missing_when_a_parcel_goes_out():
    desk = Desk()
    for _ in range(3):
        desk.states(7, LOWERING, refused=True)
    desk.ships(3)
    assert not desk.oversold
    assert desk.ledger.allowed["went out although Walmart took no lower figure"] == 1
    tell(desk.ledger)
    desk.watch.look("MUG")
    assert desk.oversold


def tell(ledger, sku="MUG"):
    """Walmart was told what was asked for a moment ago."""
    later = datetime.now(UTC) + timedelta(seconds=1)
    ledger.told({sku: later}, later)


def test_what_was_sold_in_the_shop_may_be_shown_until_walmart_is_told():
    desk = Desk()
    desk.ledger.goes_out("MUG", 4)
    asked_before = datetime.now(UTC) - timedelta(seconds=1)
    desk.ledger.told({"MUG": asked_before}, datetime.now(UTC))
    desk.watch.look("MUG")
    assert not desk.oversold
    tell(desk.ledger)
    desk.watch.look("MUG")
    assert desk.oversold
    assert len(desk.ledger.stale) == 1


def test_a_feed_under_way_may_overwrite_what_was_lowered_but_not_for_long():
    desk = Desk()
    desk.submits(10)
    desk.states(7, LOWERING)
    desk.ships(3)
    desk.stated = 10  # the feed's row
    desk.watch.look("MUG")
    assert not desk.oversold
    tell(desk.ledger)
    desk.watch.look("MUG")
    assert desk.oversold


def test_what_seller_center_shipped_may_be_shown_until_it_was_read():
    desk = Desk()
    desk.ledger.shipped_elsewhere(PO, {"MUG": 3})
    desk.reserved = 0
    tell(desk.ledger)
    desk.watch.look("MUG")
    assert not desk.oversold
    desk.ledger.read(PO)
    tell(desk.ledger)
    desk.watch.look("MUG")
    assert desk.oversold


def test_units_canceled_as_out_of_stock_become_free_only_when_somebody_finds_them():
    desk = Desk()
    desk.ledger.given_up({"MUG": 3})
    assert (desk.ledger.bound("MUG"), desk.ledger.lost("MUG")) == (7, 3)
    desk.ledger.comes_in("MUG", 2)
    assert (desk.ledger.bound("MUG"), desk.ledger.lost("MUG")) == (12, 0)


def run(tmp_path, *command):
    """One whole run in processes and on a database of its own."""
    written = tmp_path / "report.json"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHANNEL_MANAGER_")}
    ended = subprocess.run(
        [sys.executable, "-m", *command, "--json", written, "--folder", tmp_path / "data"],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=460,
        check=False,
    )
    assert ended.returncode in (0, 1), ended.stderr[-4000:]
    report = json.loads(written.read_text())
    assert report["violations"] == {}, ended.stdout
    return report


@pytest.mark.slow
@pytest.mark.timeout(480)
def test_a_minute_of_the_campaign_loses_and_doubles_nothing(tmp_path):
    report = run(tmp_path, "chaos", "--seed", "1", "--orders", "16", "--at-once", "16", "--minutes", "4")
    assert report["orders"] == report["finished"] == 16
    assert report["total"] > 50
    met = report["faults"]
    assert [kind for kind in (Kind.LOST, Kind.STATUS_AFTER, Kind.KILL, *DISASTERS) if not met.get(kind)] == []
    assert 0 < report["killed"] == report["restarts"] <= met[Kind.KILL]
    stock = report["stock"]
    assert stock["listings"] == len(shelves.LISTED)
    assert stock["faults that met them"] > 10
    assert min(stock["figures told one by one"], stock["feeds"], stock["changes in the shop"]) > 0


@pytest.mark.slow
@pytest.mark.timeout(480)
@pytest.mark.parametrize("side", ["walmart", "commerce"])
def test_after_a_day_without_a_platform_everything_is_told_by_itself(tmp_path, side):
    report = run(tmp_path, "chaos.outage", "--side", side, "--seed", "1", "--orders", "60")
    assert report["finished"] == report["orders"] == 75
