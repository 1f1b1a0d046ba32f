"""What comes in of returns and credit memos, oddities included: recorded as it is, once, and never paid twice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from returns_platforms import Service, run

from channel_manager.orders.models import Cancellation, PurchaseOrder
from channel_manager.orders.rules.reasons import MARK
from channel_manager.ports.messages import Fulfilment
from channel_manager.ports.returns import ReturnKind, UnreadableReturn
from channel_manager.returns.intake import returns
from channel_manager.returns.models import Effect, Refund, Return, ReturnLine, Status
from channel_manager.shared.sentences import say
from channel_manager.sync.models import State, SyncOperation
from tests import factories

CAP, MUG = 501, 502
UNREADABLE = say("Walmart sent this return in a form that cannot be understood.")


@pytest.fixture
def service(db):
    """Everything has left."""
    service = Service(factories.store())
    service.ship_everything()
    return service


def opened(service, wanted, kind="ordinary"):
    number = service.walmart.open(wanted, kind)
    service.read_walmart()
    return number


def paid(service, number, line="1"):
    there = service.walmart.rmas[number][line]
    return there.by_us, there.by_others


def memo(service, order_id, quantities, **terms):
    service.shop.bill(order_id)
    made = service.shop.make_memo(order_id, quantities, **terms)
    service.read_commerce()
    return made


def told(row):
    return [detail["template"] for detail in row.details]


def effects():
    return list(Refund.objects.order_by("pk").values_list("effect", flat=True))


def kinds(**facts):
    return list(SyncOperation.objects.filter(**facts).order_by("pk").values_list("kind", flat=True))


# ---- returns -----------------------------------------------------------------------------------------------------


def test_a_return_before_its_order_is_shown_and_joined_when_the_order_comes(service):
    number = service.walmart.open({("PO1", "1"): 1})
    PurchaseOrder.objects.filter(number="PO1").update(number="LATER")
    service.read_walmart()
    returned = Return.objects.get(number=number)
    assert (returned.needs_action, returned.lines.get().order) == (True, None)
    assert told(returned) == ["The order of this return is not known here. Refund it in Seller Center."]
    PurchaseOrder.objects.filter(number="LATER").update(number="PO1")
    returns.join_late(service.store, timezone.now())
    returned.refresh_from_db()
    assert (returned.needs_action, returned.details) == (False, [])
    assert returned.lines.get().line.number == "1"


def test_a_line_that_the_order_does_not_have_is_shown_and_cannot_be_refunded(service):
    number = service.walmart.open({("PO1", "1"): 1})
    shown = service.walmart.shown(number)
    service.take_in(replace(shown, lines=(replace(shown.lines[0], order_line_number="77"),)))
    returned = Return.objects.get()
    assert returned.lines.get().line is None
    assert returned.needs_action
    assert len(told(returned)) == 1


def test_a_quantity_that_shrinks_never_drops_below_what_was_refunded(service):
    number = opened(service, {("PO1", "1"): 3})
    memo(service, 1, {CAP: 2})
    shown = service.walmart.shown(number)
    service.take_in(replace(shown, lines=(replace(shown.lines[0], quantity=1),), raw={"smaller": 1}))
    line = ReturnLine.objects.get()
    assert (line.quantity, line.recorded) == (2, 2)


def test_a_return_called_off_after_its_memo_is_an_error_that_a_person_settles(service):
    number = opened(service, {("PO1", "1"): 1})
    memo(service, 1, {CAP: 1})
    service.walmart.call_off(number)
    service.deliver_all()
    service.read_walmart()
    returned = Return.objects.get()
    assert (returned.status, returned.has_error, paid(service, number)) == (Status.RECEIVED, True, (0, 0))
    assert PurchaseOrder.objects.get(number="PO1").has_error


def test_a_return_called_off_before_any_memo_is_closed_and_asks_nothing(service):
    number = opened(service, {("PO1", "1"): 1})
    service.walmart.deliver(number)
    service.read_walmart()
    assert Return.objects.get().needs_action
    service.walmart.call_off(number)
    service.read_walmart()
    returned = Return.objects.get()
    assert (returned.status, returned.needs_action) == (Status.CLOSED, False)


def test_a_return_that_could_not_be_read_is_shown_and_heals_when_it_can(service):
    number = service.walmart.open({("PO1", "1"): 1})
    service.take_in(UnreadableReturn(number=number, problem=UNREADABLE, raw={"returnOrderId": number}))
    returned = Return.objects.get()
    assert (returned.has_error, returned.needs_action) == (True, True)
    service.read_walmart()
    returned.refresh_from_db()
    assert (returned.has_error, returned.problem, returned.lines.count()) == (False, None, 1)


def test_returns_without_a_number_are_kept_apart_by_what_they_say(service):
    for raw in ({"a": 1}, {"a": 2}, {"a": 1}):
        service.take_in(UnreadableReturn(number="", problem=UNREADABLE, raw=raw))
    assert Return.objects.filter(has_error=True).count() == 2


def test_a_page_holds_the_good_beside_the_bad(service):
    number = service.walmart.open({("PO1", "1"): 1})
    bad = UnreadableReturn(number="R9", problem=UNREADABLE, raw={})
    service.take_in(bad, service.walmart.shown(number))
    assert dict(Return.objects.values_list("number", "has_error")) == {"R9": True, number: False}


@pytest.mark.parametrize(
    "facts", [{"fulfilment": Fulfilment.MARKETPLACE}, {"kind": ReturnKind.REPLACEMENT}], ids=["wfs", "replacement"]
)
def test_returns_that_are_not_ours_to_pay_take_no_memo(service, facts):
    service.store.rules.mirror_refunds = True
    service.store.rules.save()
    number = service.walmart.open({("PO1", "1"): 1})
    service.walmart.refund(number, "1", 1)
    service.take_in(service.walmart.shown(number, **facts))
    returned = Return.objects.get()
    assert (returned.needs_action, returned.refund_by, effects(), len(told(returned))) == (False, None, [], 1)
    memo(service, 1, {CAP: 1})
    assert effects() == [Effect.ORDER]


def test_what_was_refunded_at_once_is_not_paid_again_and_the_rest_is(service):
    """Two of three by an instant refund; one memo for all of them."""
    number = service.walmart.open({("PO1", "1"): 3})
    service.walmart.refund(number, "1", 2)
    service.read_walmart()
    memo(service, 1, {CAP: 3})
    service.settle()
    assert paid(service, number) == (1, 2)
    assert Return.objects.get().status == Status.REFUNDED


def test_reading_a_return_that_reads_as_before_touches_nothing(service):
    opened(service, {("PO1", "1"): 1})
    before = Return.objects.get().updated_at
    service.read_walmart()
    assert Return.objects.get().updated_at == before


# ---- refunds that walmart made -----------------------------------------------------------------------------------


@pytest.mark.parametrize("follows", [True, False])
def test_walmarts_own_refund_is_followed_by_a_memo_only_by_the_stores_rule(service, follows):
    service.store.rules.mirror_refunds = follows
    service.store.rules.save()
    number = service.walmart.open({("PO2", "1"): 2}, "keep_it")
    service.walmart.refund(number, "1", 2)
    service.settle()
    returned = Return.objects.get()
    assert effects() == ([Effect.MIRROR] if follows else [])
    assert [made.quantities for made in service.shop.memos] == ([{MUG: 2}] if follows else [])
    assert returned.status == (Status.REFUNDED if follows else Status.RECEIVED)
    assert returned.needs_action != follows
    assert paid(service, number) == (0, 2)


def test_walmarts_own_refund_is_not_followed_while_the_merchants_memo_is_undecided(service):
    service.store.rules.mirror_refunds = True
    service.store.rules.save()
    number = service.walmart.open({("PO1", "1"): 1})
    service.walmart.refund(number, "1", 1)
    memo(service, 1, {CAP: 1})
    service.read_walmart()
    assert effects() == [Effect.ASK]
    service.deliver_all()
    assert (len(service.shop.memos), service.walmart.order_refunds) == (1, [])


# ---- credit memos ------------------------------------------------------------------------------------------------


def test_a_memo_read_twice_is_one_refund(service):
    number = opened(service, {("PO1", "1"): 1})
    memo(service, 1, {CAP: 1})
    service.read_commerce()
    service.settle()
    service.read_commerce()
    assert (effects(), paid(service, number)) == ([Effect.RETURN], (1, 0))


def test_a_memo_read_before_the_return_it_is_for_waits_and_asks(service):
    """The merchant saw the return in Seller Center and was faster than both readings."""
    number = service.walmart.open({("PO1", "1"): 1})
    memo(service, 1, {CAP: 1})
    assert effects() == [Effect.ORDER]
    service.deliver_all()
    assert service.walmart.order_refunds == []
    service.read_walmart()
    order = PurchaseOrder.objects.get(number="PO1")
    assert (effects(), order.needs_action, len(order.questions)) == ([Effect.ASK], True, 1)
    service.settle()
    assert (service.walmart.order_refunds, paid(service, number)) == ([], (0, 0))


def test_a_memo_beside_a_refund_under_way_asks(service):
    """Two people refund the same return at once, one here and one in the Admin."""
    number = opened(service, {("PO1", "2"): 1})
    service.store.rules.mirror_refunds = True
    service.store.rules.save()
    service.walmart.refund(number, "1", 1)
    service.read_walmart()
    assert effects() == [Effect.MIRROR]
    memo(service, 1, {CAP: 1})
    assert effects() == [Effect.MIRROR, Effect.ASK]


def test_a_cancelled_memo_refunds_nothing(service):
    opened(service, {("PO1", "1"): 1})
    service.shop.bill(1)
    service.shop.make_memo(1, {CAP: 1})
    service.shop.memos = [replace(service.shop.memos[0], cancelled=True)]
    service.read_commerce()
    assert effects() == []


def test_a_memo_from_before_the_order_was_linked_is_known_and_not_sent(service):
    PurchaseOrder.objects.filter(number="PO1").update(linked_at=timezone.now() + timedelta(minutes=1))
    memo(service, 1, {CAP: 1})
    service.settle()
    assert (effects(), kinds(), service.walmart.order_refunds) == ([Effect.NONE], [], [])


def test_a_memo_that_we_made_to_take_units_off_is_no_refund(service):
    memo(service, 1, {CAP: 1}, comments=[f"{MARK} units canceled before they were shipped"])
    assert (effects(), kinds()) == ([], [])


def test_a_memo_of_ours_whose_refund_was_given_up_is_still_a_memo(service):
    number = opened(service, {("PO1", "1"): 1})
    memo(service, 1, {CAP: 1}, comments=[f"{MARK} Broken box\n204a0355-543c-48db-b6c9-a4581f902cff"])
    service.settle()
    assert (effects(), paid(service, number)) == ([Effect.RETURN], (1, 0))


def test_a_memo_for_two_returns_pays_each_of_them(service):
    first = opened(service, {("PO1", "1"): 1})
    second = opened(service, {("PO1", "1"): 2})
    made = memo(service, 1, {CAP: 3})
    service.settle()
    assert set(Refund.objects.values_list("commerce_memo_id", "effect")) == {(made.memo_id, Effect.RETURN)}
    assert (paid(service, first), paid(service, second)) == ((1, 0), (2, 0))
    assert set(Return.objects.values_list("status", flat=True)) == {Status.REFUNDED}


def test_units_of_a_shared_item_go_to_the_line_that_is_returned_as_often_as_it_is(service):
    """Two returns of one line, one memo: none of it belongs to the other line of the item."""
    numbers = [opened(service, {("PO1", "1"): 1}), opened(service, {("PO1", "1"): 1})]
    memo(service, 1, {CAP: 2})
    service.settle()
    assert [paid(service, number) for number in numbers] == [(1, 0), (1, 0)]
    assert service.walmart.order_refunds == []


def test_the_return_that_fits_to_the_unit_is_settled_before_an_older_one(service):
    older = opened(service, {("PO1", "1"): 2})
    fitting = opened(service, {("PO1", "2"): 1})
    memo(service, 1, {CAP: 1})
    service.settle()
    assert sum(paid(service, older) + paid(service, fitting)) == 1


def test_a_memo_that_says_less_than_walmart_pays_tells_the_difference(service):
    opened(service, {("PO1", "2"): 1})
    memo(service, 1, {CAP: 1}, minus=Decimal("1.00"))
    [event] = service_events("difference")
    assert event.sentence["values"]["expected"] == "3.79"


def service_events(kind):
    from channel_manager.history.models import Event  # noqa: PLC0415 - one test

    return list(Event.objects.filter(kind=kind))


def test_a_memo_before_anything_left_is_a_cancellation_that_asks_for_its_reason(db):
    service = Service(factories.store())
    memo(service, 2, {MUG: 1})
    order = PurchaseOrder.objects.get(number="PO2")
    assert (effects(), order.needs_action, Cancellation.objects.get().reason) == ([Effect.CANCELLATION], True, "")
    service.settle()
    assert service.walmart.lines["PO2", "1"].cancelled == 0


def test_a_unit_taken_off_before_it_left_does_not_count_as_refunded_when_the_rest_comes_back(db):
    """It is closed in Commerce once the rest has left, and stays among the refunded units there."""
    service = Service(factories.store())
    service.store.rules.default_reason = "stock"
    service.store.rules.save()
    memo(service, 2, {MUG: 1})
    service.settle()
    service.ship("PO2", {("PO2", "1"): 1})
    service.settle()
    assert service.shop.orders[2].items[MUG].units["cancelled"] == 1
    number = service.walmart.open({("PO2", "1"): 1})
    service.walmart.refund(number, "1", 1)
    service.store.rules.mirror_refunds = True
    service.store.rules.save()
    service.settle()
    assert effects() == [Effect.CANCELLATION, Effect.MIRROR]
    assert [made.quantities for made in service.shop.memos] == [{MUG: 1}, {MUG: 1}]
    assert Return.objects.get().status == Status.REFUNDED


def test_memos_that_the_feed_has_passed_are_read_when_a_refund_waits_for_them(service):
    """As after taking over an order that had been refunded before."""
    number = service.walmart.open({("PO1", "1"): 1})
    service.walmart.refund(number, "1", 1)
    service.store.rules.mirror_refunds = True
    service.store.rules.save()
    service.shop.bill(1)
    service.shop.make_memo(1, {CAP: 1})
    service.read_walmart()
    service.deliver_all()
    [waiting] = SyncOperation.objects.filter(state=State.WAITING)
    assert service.postponed(waiting.pk)
    from channel_manager.returns.intake import memos  # noqa: PLC0415 - one test

    assert memos.missed(service.store.pk) == [1]
    memos.receive(service.store, run(service.shop.memos_of(1)))
    assert effects() == [Effect.MIRROR, Effect.ASK]


def test_goodwill_is_taken_only_from_what_has_left(db):
    service = Service(factories.store())
    service.store.rules.default_reason = "stock"
    service.store.rules.save()
    service.ship("PO1", {("PO1", "2"): 1})
    run(service.walmart.cancel("PO1", ()))
    service.walmart.lines["PO1", "1"].cancelled = 3
    order = PurchaseOrder.objects.get(number="PO1")
    factories.cancellation(order, quantities={"1": 3})
    SyncOperation.objects.all().delete()
    memo(service, 1, {CAP: 0}, plus=Decimal("2.00"))
    service.deliver_all()
    assert service.walmart.order_refunds == [("PO1", service.shop.memos[0].number, Decimal("2.00"))]
    assert service.walmart.lines["PO1", "2"].refunded.product == Decimal("2.00")
