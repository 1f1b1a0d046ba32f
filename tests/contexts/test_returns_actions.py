"""What a person does with returns and refunds: its errors beside their field, done once, and never more than is left."""

import threading
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from returns_platforms import Service

from channel_manager.history.models import Event
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.messages import Fulfilment
from channel_manager.ports.returns import ReturnKind
from channel_manager.returns import actions, ledger, state
from channel_manager.returns.actions import Units
from channel_manager.returns.lifecycle import NotRefundable
from channel_manager.returns.models import Effect, LineMoney, Refund, RefundLine, Return, ReturnLine, Status
from channel_manager.returns.queries import memo_draft
from channel_manager.returns.refunding import Terms
from channel_manager.stores.models import Store
from channel_manager.sync.models import State, SyncOperation
from tests import factories

CAP, MUG = 501, 502
D = Decimal


@pytest.fixture
def alice(db):
    return factories.user()


@pytest.fixture
def service(db):
    """Everything has left."""
    service = Service(factories.store())
    service.ship_everything()
    return service


@pytest.fixture
def rma(service):
    """Two of three caps come back."""
    return opened(service, {("PO1", "1"): 2})


def opened(service, wanted, kind="ordinary"):
    number = service.walmart.open(wanted, kind)
    service.read_walmart()
    return number


def create(rma, by, lines=None, *, order="PO1", marker=None, **terms):
    """`lines` by the number of the return's line; one unit of the first unless given."""
    wanted = {"1": 1} if lines is None else lines
    return actions.create_credit_memo(
        Return.objects.get(number=rma),
        PurchaseOrder.objects.get(number=order),
        lines={line: Units(units, False) for line, units in wanted.items()},
        terms=Terms(**terms),
        marker=marker or uuid.uuid4(),
        by=by,
        at=timezone.now(),
    )


def decide(refund, effect, by, reason=""):
    actions.decide(refund, effect=effect, reason=reason, by=by, at=timezone.now())


def memo(service, order_id, quantities, **terms):
    service.shop.bill(order_id)
    made = service.shop.make_memo(order_id, quantities, **terms)
    service.read_commerce()
    return made


def columns(**facts):
    return list(ReturnLine.objects.filter(**facts).order_by("pk").values_list("quantity", "recorded", "sent"))


def paid(service, rma, line="1"):
    there = service.walmart.rmas[rma][line]
    return there.by_us, there.by_others


def amounts_paid(service):
    return [amount for _, _, amount in service.walmart.order_refunds]


def failed(kind):
    return SyncOperation.objects.get(kind=kind, state=State.FAILED)


# ---- beside the field --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"lines": {"1": 3}}, "1"),
        ({"lines": {"1": -1}}, "1"),
        ({"lines": {"9": 1}}, "9"),
        ({"lines": {"1": 0}}, "quantities"),
        ({"lines": {}}, "quantities"),
        ({"shipping": D("-0.01")}, "shipping"),
        ({"shipping": D("4.58")}, "shipping"),
        ({"plus": D("-1.00")}, "plus"),
        ({"minus": D("-1.00")}, "minus"),
        ({"minus": D("3.62")}, "minus"),
    ],
)
def test_a_memo_that_is_not_possible_names_its_field_and_changes_nothing(rma, alice, wanted, field):
    before = Event.objects.count()
    with pytest.raises(NotRefundable) as refused:
        create(rma, alice, **wanted)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")
    assert columns() == [(2, 0, 0)]
    assert (Refund.objects.count(), SyncOperation.objects.count(), Event.objects.count()) == (0, 0, before)


def test_a_line_of_another_order_is_not_refunded_with_this_one(service, alice):
    rma = opened(service, {("PO1", "1"): 1, ("PO2", "1"): 1})
    with pytest.raises(NotRefundable) as refused:
        create(rma, alice, {"1": 1}, order="PO2")
    assert refused.value.field == "1"


def without_order():
    ReturnLine.objects.update(order=None, line=None)


SENTENCES = {
    "Returned to Walmart's own warehouse": lambda: Return.objects.update(fulfilment=Fulfilment.MARKETPLACE),
    "The buyer gets a replacement": lambda: Return.objects.update(kind=ReturnKind.REPLACEMENT),
    "Nothing is sent before the store": lambda: Store.objects.update(confirmed_at=None),
    "The order does not exist in Commerce": lambda: PurchaseOrder.objects.update(commerce_order_id=None),
    "Every unit of this return is refunded": lambda: ReturnLine.objects.update(recorded=F("quantity")),
    "The order is not known here": without_order,
}


@pytest.mark.parametrize("begins", SENTENCES)
def test_the_page_says_why_a_return_cannot_be_refunded(rma, alice, begins):
    SENTENCES[begins]()
    returned = Return.objects.select_related("store").get(number=rma)
    line = returned.lines.select_related("order", "line").get()
    assert str(actions.why_not(returned, line.order, line)).startswith(begins)
    with pytest.raises(NotRefundable):
        create(rma, alice)


def test_only_what_has_left_can_be_refunded(db, alice):
    service = Service(factories.store())
    service.ship("PO1", {("PO1", "1"): 1})
    rma = opened(service, {("PO1", "1"): 1})
    service.shop.orders[1].items[CAP].units["shipped"] = 0
    service.read_orders()
    with pytest.raises(NotRefundable, match="Commerce shows 0 shipped"):
        create(rma, alice)


# ---- once --------------------------------------------------------------------------------------------------------


def test_a_double_submit_makes_one_memo(service, rma, alice):
    marker = uuid.uuid4()
    first = create(rma, alice, marker=marker)
    assert create(rma, alice, {"1": 2}, marker=marker) == first
    service.settle()
    assert create(rma, alice, marker=marker) == first
    assert (columns(), paid(service, rma), len(service.shop.memos)) == ([(2, 1, 1)], (1, 0), 1)


def test_a_marker_of_another_order_does_not_answer_for_this_one(service, alice):
    rma, marker = opened(service, {("PO1", "1"): 1, ("PO2", "1"): 1}), uuid.uuid4()
    create(rma, alice, marker=marker)
    with pytest.raises(IntegrityError), transaction.atomic():
        create(rma, alice, {"2": 1}, order="PO2", marker=marker)
    assert columns() == [(1, 1, 1), (1, 0, 0)]


def race(*calls):
    """All at once, each in a thread with its own connection; what each answered or raised."""
    start, ends = threading.Barrier(len(calls)), [None] * len(calls)

    def run(position, call):
        try:
            start.wait(5)
            ends[position] = call()
        except Exception as error:  # noqa: BLE001 - compared by the test
            ends[position] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return ends


@pytest.mark.django_db(transaction=True)
def test_racing_forms_for_the_last_unit_make_one_memo():
    alice, service = factories.user(), Service(factories.store())
    service.ship_everything()
    rma = opened(service, {("PO2", "1"): 1})
    ends = race(*[lambda: create(rma, alice, order="PO2")] * 3)
    refused = [end for end in ends if isinstance(end, NotPossible)]
    assert [end.field for end in refused] == ["1", "1"], ends
    assert columns() == [(1, 1, 1)]
    service.settle()
    assert (len(service.shop.memos), paid(service, rma)) == (1, (1, 0))


@pytest.mark.django_db(transaction=True)
def test_a_double_click_that_races_itself_is_one_memo():
    alice, service, marker = factories.user(), Service(factories.store()), uuid.uuid4()
    service.ship_everything()
    rma = opened(service, {("PO2", "1"): 2})
    first, second = race(*[lambda: create(rma, alice, order="PO2", marker=marker)] * 2)
    assert first == second == list(Refund.objects.all())


@pytest.mark.django_db(transaction=True)
def test_two_people_who_decide_at_once_decide_once():
    alice, service = factories.user(), Service(factories.store())
    service.ship_everything()
    opened(service, {("PO2", "1"): 1})
    memo(service, 2, {MUG: 2})
    refund = Refund.objects.get(effect=Effect.ASK)
    ends = race(lambda: decide(refund, Effect.ORDER, alice), lambda: decide(refund, Effect.NONE, alice))
    assert sum(isinstance(end, NotRefundable) for end in ends) == 1, ends


# ---- what follows ------------------------------------------------------------------------------------------------


def test_a_memo_here_goes_to_commerce_then_to_walmart_and_both_agree(service, rma, alice):
    [refund] = create(rma, alice, {"1": 2}, shipping=D("3.05"), fit=True)
    assert (refund.effect, refund.requested_by) == (Effect.RETURN, alice)
    assert Return.objects.get().status == Status.RECEIVED
    service.settle()
    refund.refresh_from_db()
    assert (refund.total, refund.expected) == (service.shop.memos[0].total, refund.total)
    assert (Return.objects.get().status, paid(service, rma)) == (Status.REFUNDED, (2, 0))
    assert service.walmart.lines["PO1", "1"].refunded.total == refund.total


def test_memos_of_single_units_add_up_to_the_cent_on_both_sides(service, alice):
    """10.00, 0.85 tax and 4.57 shipping in three."""
    rma = opened(service, {("PO1", "1"): 3})
    for _ in range(3):
        draft = memo_draft(Return.objects.get(), PurchaseOrder.objects.get(number="PO1"), {"1": 1})
        create(rma, alice, shipping=draft.shipping, fit=True)
        service.settle()
    made = [refund.total for refund in Refund.objects.all()]
    assert made == [refund.expected for refund in Refund.objects.all()]
    assert sum(made) == D("15.42")
    assert service.walmart.lines["PO1", "1"].left.total == 0


def test_refunds_that_overtake_each_other_are_both_paid(service, rma, alice):
    """The first memo fails, the second is made and paid, then the first."""
    service.shop.orders[1].items[CAP].units["shipped"] = 0
    [first] = create(rma, alice)
    service.deliver_all()
    service.shop.orders[1].items[CAP].units["shipped"] = 4
    create(rma, alice)
    service.deliver_all()
    assert paid(service, rma) == (1, 0)
    actions.retry(failed("create_credit_memo").pk, by=alice, at=timezone.now())
    service.settle()
    assert (paid(service, rma), Return.objects.get().status) == ((2, 0), Status.REFUNDED)
    first.refresh_from_db()
    assert first.reported_at


def deliver_one(service, fault):
    for operation_id in service.due():
        service.deliver(operation_id, fault)


@pytest.mark.parametrize("fault", ["lost", "lost at the second write", "down"])
def test_whatever_answer_is_lost_there_is_one_memo_and_one_refund(service, rma, alice, fault):
    """There would be room for both of them twice."""
    create(rma, alice)
    for _ in range(4):
        deliver_one(service, fault)
        deliver_one(service, "")
    assert (len(service.shop.memos), paid(service, rma), service.due()) == (1, (1, 0), [])
    assert columns() == [(2, 1, 1)]


@pytest.mark.parametrize("fault", ["lost", "down"])
def test_goodwill_whose_answer_is_lost_is_paid_once(service, fault):
    memo(service, 1, {CAP: 0}, plus=D("2.00"))
    deliver_one(service, fault)
    service.settle()
    assert amounts_paid(service) == [D("2.00")]


def test_a_lost_answer_is_not_taken_for_a_refund_that_was_settled_by_hand(service, alice):
    """The first refund of three is not to be paid; the second is, once."""
    rma = opened(service, {("PO1", "1"): 3})
    create(rma, alice)
    service.walmart.rmas[rma]["1"].kind = "exception"
    service.deliver_all()
    actions.settle(failed("refund_return").pk, reason="Not paid.", by=alice, at=timezone.now())
    service.walmart.rmas[rma]["1"].kind = "ordinary"
    create(rma, alice)
    deliver_one(service, "")
    deliver_one(service, "lost")
    service.deliver_all()
    assert paid(service, rma) == (1, 0)


def test_what_was_paid_meanwhile_is_not_paid_again(service, rma, alice):
    create(rma, alice, {"1": 2})
    service.walmart.refund(rma, "1", 1)
    service.settle()
    assert (paid(service, rma), Return.objects.get().status) == ((1, 1), Status.REFUNDED)


def test_a_memo_given_up_before_it_was_made_frees_its_units(service, rma, alice):
    """Somebody refunds a unit in Seller Center meanwhile: the next memo pays for what is missing to it."""
    service.shop.orders[1].items[CAP].units["shipped"] = 0
    create(rma, alice)
    service.deliver_all()
    service.walmart.refund(rma, "1", 1)
    service.read_walmart()
    actions.settle(failed("create_credit_memo").pk, reason="Later.", by=alice, at=timezone.now())
    assert (columns(), Refund.objects.count()) == ([(2, 0, 0)], 0)
    service.shop.orders[1].items[CAP].units["shipped"] = 4
    create(rma, alice, {"1": 2})
    service.settle()
    assert (paid(service, rma), Return.objects.get().status) == ((1, 1), Status.REFUNDED)


def test_a_memo_given_up_here_that_commerce_has_made_is_taken_over(service, rma, alice):
    create(rma, alice)
    [operation_id] = service.due()
    service.deliver(operation_id, "lost at the second write")
    actions.settle(operation_id, reason="I will look.", by=alice, at=timezone.now())
    assert columns() == [(2, 0, 0)]
    service.settle()
    assert (columns(), paid(service, rma)) == ([(2, 1, 1)], (1, 0))
    assert len(service.shop.memos) == Refund.objects.count() == 1


def test_a_refund_settled_by_hand_says_that_walmart_does_not_show_it(service, rma, alice):
    create(rma, alice, {"1": 2})
    service.walmart.rmas[rma]["1"].cancelled = True
    service.settle()
    returned = Return.objects.get()
    assert (returned.has_error, returned.needs_action) == (True, True)
    actions.settle(failed("refund_return").pk, reason="Paid by card.", by=alice, at=timezone.now())
    returned.refresh_from_db()
    assert (returned.has_error, returned.status) == (False, Status.RECEIVED)
    assert returned.details[0]["template"] == "Walmart does not show the refund yet."


def test_what_is_refused_can_be_sent_again(service, rma, alice):
    create(rma, alice)
    service.walmart.rmas[rma]["1"].kind = "exception"
    service.deliver_all()
    operation = failed("refund_return")
    service.walmart.rmas[rma]["1"].kind = "ordinary"
    actions.retry(operation.pk, by=alice, at=timezone.now())
    assert not Return.objects.get().has_error
    service.settle()
    assert (paid(service, rma), Return.objects.get().status) == ((1, 0), Status.RECEIVED)


# ---- exceptional returns: paid through the order -----------------------------------------------------------------


def test_an_exceptional_return_is_refunded_when_its_order_was(service, alice):
    rma = opened(service, {("PO1", "1"): 2}, "exception")
    [refund] = create(rma, alice, {"1": 2})
    service.settle()
    assert amounts_paid(service) == [refund.expected]
    assert Return.objects.get().status == Status.REFUNDED


def test_only_what_walmart_has_not_paid_of_an_exceptional_return_goes_through_the_order(service, alice):
    rma = service.walmart.open({("PO1", "1"): 2}, "exception")
    service.walmart.refund(rma, "1", 1)
    service.read_walmart()
    [refund] = create(rma, alice, {"1": 2})
    service.settle()
    whole = service.walmart.rmas[rma]["1"].charges.total
    assert refund.expected == whole
    assert service.walmart.lines["PO1", "1"].refunded.total == whole
    assert Return.objects.get().status == Status.REFUNDED


def test_an_exceptional_return_that_walmart_pays_meanwhile_is_not_paid_again(service, alice):
    rma = opened(service, {("PO1", "1"): 2}, "exception")
    create(rma, alice, {"1": 2})
    service.walmart.refund(rma, "1", 1)
    service.deliver_all()
    assert amounts_paid(service) == []
    assert Return.objects.get().has_error


def test_a_memo_decided_to_be_an_exceptional_returns_pays_it(service, alice):
    service.walmart.open({("PO1", "2"): 1}, "exception")
    memo(service, 1, {CAP: 1})
    service.read_walmart()
    decide(Refund.objects.get(effect=Effect.ASK), Effect.RETURN, alice)
    service.settle()
    assert amounts_paid(service) == [D("3.79")]


# ---- decisions ---------------------------------------------------------------------------------------------------


@pytest.fixture
def undecided(db):
    """A memo of a mug of which one has left and one has not."""
    service = Service(factories.store())
    service.ship("PO2", {("PO2", "1"): 1})
    memo(service, 2, {MUG: 1})
    return service, Refund.objects.get(effect=Effect.ASK)


def test_a_decision_is_made_once(undecided, alice):
    service, refund = undecided
    decide(refund, Effect.ORDER, alice, "damaged")
    for effect in (Effect.ORDER, Effect.CANCELLATION, Effect.NONE, Effect.RETURN):
        with pytest.raises(NotRefundable, match="decided already"):
            decide(refund, effect, alice)
    service.settle()
    assert amounts_paid(service) == [service.shop.memos[0].total]
    order = PurchaseOrder.objects.get(number="PO2")
    assert (order.needs_action, order.questions) == (False, [])


def test_what_has_left_meanwhile_cannot_be_cancelled_any_more(undecided, alice):
    service, refund = undecided
    service.ship("PO2", {("PO2", "1"): 1})
    with pytest.raises(NotRefundable) as refused:
        decide(refund, Effect.CANCELLATION, alice, "stock")
    assert refused.value.field == "effect"
    decide(refund, Effect.ORDER, alice)
    service.settle()
    assert amounts_paid(service) == [service.shop.memos[0].total]


def test_more_units_than_have_left_are_not_refunded_by_the_order(db, alice):
    service = Service(factories.store())
    service.ship("PO2", {("PO2", "1"): 1})
    memo(service, 2, {MUG: 2})
    with pytest.raises(NotRefundable, match="only what has shipped"):
        decide(Refund.objects.get(), Effect.ORDER, alice)


def test_a_decision_for_a_return_without_one_is_refused(undecided, alice):
    _, refund = undecided
    with pytest.raises(NotRefundable, match="No open return"):
        decide(refund, Effect.RETURN, alice)


def test_nothing_is_sent_when_a_person_says_so(undecided, alice):
    service, refund = undecided
    decide(refund, Effect.NONE, alice)
    service.settle()
    assert (amounts_paid(service), SyncOperation.objects.count()) == ([], 0)
    assert not PurchaseOrder.objects.get(number="PO2").needs_action


def test_a_cancellation_takes_the_unit_off_at_walmart(undecided, alice):
    service, refund = undecided
    decide(refund, Effect.CANCELLATION, alice, "stock")
    service.settle()
    assert (service.walmart.lines["PO2", "1"].cancelled, amounts_paid(service)) == (1, [])


def test_a_memo_of_more_than_the_return_settles_it_and_asks_again_about_the_rest(service, alice):
    rma = opened(service, {("PO2", "1"): 1})
    made = memo(service, 2, {MUG: 2})
    refund = Refund.objects.get()
    decide(refund, Effect.RETURN, alice)
    rest = Refund.objects.get(effect=Effect.ASK)
    refund.refresh_from_db()
    assert PurchaseOrder.objects.get(number="PO2").needs_action
    assert rest.total == made.total - refund.expected
    assert {row.quantity for row in RefundLine.objects.all()} == {1}
    decide(rest, Effect.ORDER, alice)
    service.settle()
    assert paid(service, rma) == (1, 0)
    assert amounts_paid(service) == [rest.total]
    assert service.walmart.lines["PO2", "1"].refunded.total == made.total
    assert ledger.shipping_left(PurchaseOrder.objects.get(number="PO2")) == D("1.01")


# ---- the database's own refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"recorded": 3, "sent": 0}, "return_line_refunded_once"),
        ({"recorded": 1, "sent": 2}, "return_line_sends_what_is_recorded"),
        ({"quantity": 0}, "return_line_re"),
        ({"sent": -1}, "sent_check"),
        ({"recorded": -1, "sent": -1}, "_check"),
    ],
)
def test_the_database_refuses_a_return_line_that_does_not_add_up(rma, changes, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ReturnLine.objects.update(**changes)


def test_the_database_refuses_a_unit_too_much(rma):
    line = ReturnLine.objects.get()
    state.add_units(line.pk, recorded=2, sent=2)
    with pytest.raises(IntegrityError, match="return_line_refunded_once"), transaction.atomic():
        state.add_units(line.pk, recorded=1, sent=0)


@pytest.mark.parametrize("name", ["product", "product_tax", "shipping", "shipping_tax"])
def test_the_database_refuses_a_cent_too_much_of_any_kind(service, name):
    order = PurchaseOrder.objects.get(number="PO1")
    LineMoney.objects.create(line=order.lines.get(number="1"), **{name: D("5.00"), f"sent_{name}": D("5.00")})
    with pytest.raises(IntegrityError, match="never_a_cent_above"), transaction.atomic():
        LineMoney.objects.update(**{f"sent_{name}": D("5.01")})
    with pytest.raises(IntegrityError, match="refunds_are_positive"), transaction.atomic():
        LineMoney.objects.update(**{f"sent_{name}": D("-0.01")})


def test_goodwill_stops_at_what_was_charged(service):
    """Two memos that together say more than the line and its order were charged."""
    service.walmart.lines["PO2", "1"].refunded = service.walmart.lines["PO2", "1"].left
    memo(service, 2, {MUG: 0}, plus=D("0.01"))
    service.settle()
    assert amounts_paid(service) == []
    assert PurchaseOrder.objects.get(number="PO2").has_error


def test_the_database_refuses_the_same_memo_twice_and_nobodys_refund(service, rma, alice):
    create(rma, alice)
    service.settle()
    refund, row = Refund.objects.get(), RefundLine.objects.get()
    again = {"order": refund.order, "at": timezone.now(), "effect": refund.effect}
    same = {"parent": refund.parent, "commerce_memo_id": refund.commerce_memo_id}
    refused = {
        "credit_memo_recorded_once": lambda: Refund.objects.create(**again, **same, origin="commerce"),
        "refund_by_a_named_person": lambda: Refund.objects.create(**again, origin="person"),
        "refund_of_positive_amounts": lambda: Refund.objects.update(minus=D("-1.00")),
        "refund_line_once": lambda: RefundLine.objects.create(
            refund=refund, line=row.line, return_line=row.return_line, quantity=1
        ),
        "refund_line_refunds_something": lambda: RefundLine.objects.update(sent=2),
    }
    for constraint, act in refused.items():
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            act()
