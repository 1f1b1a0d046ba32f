"""Walmart, our record and Commerce compared after something went wrong: what heals, what is shown, what is left alone."""

from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from test_life_of_an_order import FEDEX, UPS, first_skus, in_commerce, place

from channel_manager import gateways
from channel_manager.orders.models import OrderLine, PurchaseOrder, Shipment, Status
from channel_manager.ports.messages import Reason
from channel_manager.reconciliation import actions, runs, working
from channel_manager.reconciliation.models import ComparedOrder, Finding, Outcome, Run
from channel_manager.shared.sentences import Sentence
from channel_manager.sync import pulls, sql
from channel_manager.sync.models import State, SyncOperation
from channel_manager.worker.streams import STREAMS
from channel_simulators.commerce.control_client import CommerceControl


@pytest.fixture(autouse=True)
def settled_long_ago(monkeypatch):
    """Orders of these tests are minutes old; none of them is excused as just received."""
    monkeypatch.setattr(runs, "SETTLING", timedelta())


def reconcile(world, *, steps=200, **options):
    """A whole run, in slices as the worker makes them."""
    run = runs.request(world.store, by=world.alice, **options)
    for _ in range(steps):
        go_on(run)
        run.refresh_from_db()
        if run.state != "open" or run.error:
            return run
    raise AssertionError(run.cursor)


def go_on(run, longest=timedelta(seconds=30)):
    async def work():
        try:
            await working.work(run.pk, gateways.gateways_for, longest=longest)
        finally:
            await gateways.close()

    async_to_sync(work)()


def summary(run):
    return {name: getattr(run, name) for name in ("compared", "missing", "doubled", "healed", "proposed")}


def clean(compared):
    return {"compared": compared, "missing": 0, "doubled": 0, "healed": 0, "proposed": 0}


def told(run):
    """What its findings say, by state."""
    return sorted((one.state, str(Sentence.from_json(one.sentence))) for one in run.findings.all())


def explained(run):
    found = Finding.objects.filter(store=run.store)
    return [(one.number, one.kind, one.side, one.line, one.expected, one.found, one.state) for one in found]


def placed(world, *quantities):
    """Orders of one line each, received and created together."""
    sku = first_skus(world, 1)[0]
    line = {"sku": sku, "price": "9.99"}
    numbers = [world.walmart.place_order(lines=[line | {"quantity": units}]) for units in quantities]
    world.settle()
    return numbers


def lives(world):
    """Orders in every state that a merchant's month brings about."""
    sku = first_skus(world, 1)[0]
    fresh, shipped, cancelled, partly, split = placed(world, 2, 3, 1, 3, 4)
    world.ship(shipped, {"1": 3}, [UPS])
    world.cancel(cancelled, {"1": 1}, Reason.STOCK)
    world.ship(partly, {"1": 1}, [UPS])
    world.commerce.ship(split, {sku: 2}, [UPS])
    world.settle()
    world.cancel(partly, {"1": 1}, Reason.PRICE)
    world.commerce.ship(split, {sku: 1}, [FEDEX])
    world.walmart.cancel_at_walmart(split, [("1", 1)])
    world.walmart.deliver(shipped)
    world.settle()
    return fresh, shipped, cancelled, partly, split


def test_a_month_in_which_nothing_went_wrong_agrees(world):
    lives(world)

    run = reconcile(world)

    assert explained(run) == []
    assert (run.state, summary(run)) == ("done", clean(5))
    assert set(ComparedOrder.objects.values_list("outcome", flat=True)) == {Outcome.AGREES}
    assert 0 < run.calls < 20


def test_orders_that_were_lost_here_are_received_again_and_linked_not_doubled(world):
    numbers = lives(world)
    before = {number: world.in_commerce(number)["increment_id"] for number in numbers}
    placed = len(world.commerce.orders())
    PurchaseOrder.objects.filter(number__in=numbers[:2]).delete()

    run = reconcile(world)

    assert summary(run) == clean(5) | {"healed": 2}
    assert [(kind, state) for _, kind, *_, state in explained(run)] == [("missing_here", "healed")] * 2
    world.settle()
    assert len(world.commerce.orders()) == placed
    assert {number: world.order(number).commerce_number for number in numbers[:1]} == {numbers[0]: before[numbers[0]]}
    assert world.order(numbers[1]).status == Status.SHIPPED
    assert world.order(numbers[0]).received_by == "reconciliation"
    assert summary(reconcile(world)) == clean(5)


def test_changes_in_seller_center_that_no_page_brought_are_adopted_on_both_sides(world):
    shipped, cancelled = placed(world, 2, 3)
    world.walmart.ship_elsewhere(shipped, number="1Z999AA10123456784")
    world.walmart.cancel_at_walmart(cancelled, [("1", 1)])
    run = reconcile(world)

    assert summary(run) == clean(2) | {"healed": 2}
    world.settle()
    assert world.order(shipped).status == Status.SHIPPED
    assert in_commerce(world, shipped) == [(2, 2, 0, 0, 0)]
    assert in_commerce(world, cancelled) == [(3, 0, 1, 2, 0)]
    assert len(world.at_walmart(shipped)["1"][0]) == 1
    assert summary(reconcile(world)) == clean(2)


def test_a_shipment_made_in_commerce_that_no_feed_brought_is_reported(world):
    number = place(world, 2)
    world.commerce.ship(number, None, [UPS])

    run = reconcile(world)

    assert summary(run) == clean(1) | {"healed": 1}
    async_to_sync(world._turn)()
    assert world.at_walmart(number) == {"1": ([(2, "UPS", UPS[2])], 0, 0)}
    assert Shipment.objects.count() == 1


def test_a_cancellation_made_in_commerce_that_no_feed_brought_asks_for_its_reason(world):
    number = place(world, 1)
    world.commerce.cancel(number)

    run = reconcile(world)

    assert summary(run) == clean(1) | {"healed": 1}
    assert world.order(number).needs_action


def test_a_credit_memo_that_no_feed_brought_is_recorded(world):
    number = place(world, 2)
    world.ship(number, {"1": 2})
    world.settle()
    world.commerce.invoice(number)
    world.settle()
    world.commerce.refund(number, {first_skus(world, 1)[0]: 1})

    run = reconcile(world)

    assert summary(run) == clean(1) | {"healed": 1}
    assert world.order(number).refunds.count() == 1


def test_orders_of_every_shape_agree(world):
    catalogue = [
        (product["sku"], product["name"], str(product["price"]))
        for product in world.commerce.products()
        if product.get("status", 1) == 1 and product.get("type_id", "simple") == "simple"
    ][:6]
    for shape in world.walmart.shapes():
        world.walmart.place_shape(shape, catalogue)
    world.settle()

    run = reconcile(world)

    assert explained(run) == []
    assert summary(run) == clean(PurchaseOrder.objects.count())


def test_a_return_that_was_refunded_on_both_sides_agrees(world):
    number, rma = returned(world)
    world.credit_memo(rma, number)
    world.settle()

    run = reconcile(world)

    assert (explained(run), summary(run)) == ([], clean(1))


def test_a_refund_by_walmart_becomes_a_credit_memo_by_one_click(world):
    number, rma = returned(world)
    world.walmart.refund_at_walmart(rma)
    world.settle()

    run = reconcile(world)

    assert summary(run) == clean(1) | {"proposed": 1}
    finding = Finding.objects.get()
    assert (finding.kind, finding.action, finding.target) == ("refund_money", "credit_memo", world.returned(rma).pk)
    actions.apply(finding, by=world.alice, at=datetime.now(UTC))
    world.settle()
    [(amount, units)] = world.memos(number)
    assert (f"{amount:.2f}", units) == (finding.expected, [2])
    assert (summary(reconcile(world)), told(reconcile(world))) == (clean(1), [])


def test_a_doubled_commerce_order_is_shown_and_not_touched(world):
    number = place(world, 1)
    double(world, number)
    before = world.commerce.orders()

    run = reconcile(world)

    assert summary(run) == clean(1) | {"doubled": 1, "proposed": 1}
    [finding] = Finding.objects.all()
    assert (finding.kind, finding.action, finding.state) == ("doubled_in_commerce", "check", "proposed")
    assert world.commerce.orders() == before

    world.commerce.cancel(found_double(world, number))
    actions.apply(finding, by=world.alice, at=datetime.now(UTC))
    go_on(Run.objects.latest("pk"))
    finding.refresh_from_db()
    assert finding.state == "closed"
    assert summary(reconcile(world)) == clean(1)


def test_the_dead_parent_of_an_edited_order_is_no_double(world):
    number = place(world, 3)
    world.commerce.edit(number, {first_skus(world, 1)[0]: 3})
    world.settle()

    run = reconcile(world)

    assert (summary(run), explained(run)) == (clean(1), [])


def test_money_changed_in_commerce_is_shown_to_the_cent_and_may_be_dismissed(world):
    number = place(world, 2)
    order_id = world.order(number).commerce_order_id
    patch_money(world, order_id, 5.00)

    run = reconcile(world)

    [finding] = Finding.objects.all()
    assert summary(run) == clean(1) | {"proposed": 1}
    assert (finding.kind, finding.found, finding.action) == ("total", "5.00", "check")
    assert any("grand_total" in str(Sentence.from_json(line)) for line in finding.preview)
    assert world.in_commerce(number)["grand_total"] == pytest.approx(5.0)

    actions.dismiss(finding, reason="Agreed with the buyer", by=world.alice, at=datetime.now(UTC))
    assert summary(reconcile(world)) == clean(1)
    patch_money(world, order_id, 6.00)
    assert summary(reconcile(world)) == clean(1) | {"proposed": 1}


def test_an_order_deleted_in_commerce_is_missing(world):
    number = place(world, 1)
    PurchaseOrder.objects.filter(number=number).update(commerce_order_id=999_999)

    run = reconcile(world)

    assert summary(run)["proposed"] == 1
    assert {kind for _, kind, *_ in explained(run)} <= {"gone_from_commerce"}
    assert run.missing == 1


def test_an_external_number_that_walmart_does_not_know_is_shown(world):
    number = place(world, 1)
    double(world, number, as_number="1999999999999")

    run = reconcile(world)

    assert summary(run) == clean(2) | {"proposed": 1}
    assert Finding.objects.get().kind == "foreign_in_commerce"


def test_a_failed_report_that_walmart_already_shows_closes_itself(world):
    number = place(world, 1)
    world.walmart.faults_add("status_before", method="POST", path="/shipping", status=400, times=9, code="X.Y")
    world.ship(number, {"1": 1}, [UPS])
    world.settle()
    operation = SyncOperation.objects.get(kind="report_shipment")
    assert operation.state == State.FAILED
    world.walmart.faults_clear()
    world.walmart.ship_elsewhere(number, carrier="UPS", number=UPS[2])

    run = reconcile(world)

    assert summary(run) == clean(1) | {"healed": 1}
    world.settle()
    operation.refresh_from_db()
    assert operation.state == State.SKIPPED
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2])], 0, 0)}
    assert not world.order(number).has_error
    assert summary(reconcile(world)) == clean(1)


def test_a_report_that_failed_and_did_not_arrive_is_sent_again_by_one_click(world):
    number = place(world, 1)
    world.walmart.faults_add("status_before", method="POST", path="/shipping", status=400, times=9, code="X.Y")
    world.ship(number, {"1": 1}, [UPS])
    world.settle()
    world.walmart.faults_clear()

    run = reconcile(world)

    assert summary(run) == clean(1) | {"proposed": 1}
    finding = Finding.objects.get()
    assert finding.action == "retry"
    actions.apply(finding, by=world.alice, at=datetime.now(UTC))
    world.settle()
    assert world.at_walmart(number) == {"1": ([(1, "UPS", UPS[2])], 0, 0)}
    assert summary(reconcile(world)) == clean(1)
    finding.refresh_from_db()
    assert finding.state == "closed"


def test_an_order_acknowledged_elsewhere_is_recorded(world):
    number = place(world, 1)
    SyncOperation.objects.filter(kind="acknowledge").delete()
    PurchaseOrder.objects.update(acknowledged_at=None)

    run = reconcile(world)

    assert summary(run) == clean(1) | {"healed": 1}
    assert world.order(number).acknowledged_at


def test_an_order_that_was_never_created_is_created_by_one_click(world):
    number = world.walmart.place_order(lines=[{"sku": first_skus(world, 1)[0], "quantity": 1, "price": "9.99"}])
    world.commerce.faults_clear()
    async_to_sync(read_only)(world)
    SyncOperation.objects.all().delete()

    run = reconcile(world)

    assert summary(run) == clean(1) | {"missing": 1, "proposed": 1}
    finding = Finding.objects.get()
    assert (finding.kind, finding.action) == ("missing_in_commerce", "create")
    actions.apply(finding, by=world.alice, at=datetime.now(UTC))
    world.settle()
    assert world.has_commerce_order(number)
    assert summary(reconcile(world)) == clean(1)


def test_a_crash_in_the_middle_goes_on_where_it_stopped(world):
    numbers = placed(world, 2, 1)
    PurchaseOrder.objects.filter(number=numbers[1]).delete()
    run = runs.request(world.store)
    steps = 0
    while Run.objects.get(pk=run.pk).state == "open":
        go_on(run, longest=timedelta())  # one page a slice
        Run.objects.filter(pk=run.pk, state="open").update(lease_until=datetime.now(UTC))  # as after kill -9
        steps += 1
        assert steps < 20
    run.refresh_from_db()

    assert steps > 3
    assert summary(run) == clean(2) | {"healed": 1}


def test_a_platform_that_is_down_keeps_what_was_compared_and_the_run_goes_on(world):
    placed(world, 1, 1)
    world.commerce.faults_add("status_before", method="GET", path="/V1/orders", status=503, skip=1, times=50)

    run = reconcile(world)

    assert (run.state, run.error["class"]) == ("open", "Unavailable")
    assert run.compared == 2
    world.commerce.faults_clear()
    go_on(run)
    run.refresh_from_db()
    assert (run.state, run.error, summary(run)) == ("done", None, clean(2))


def test_an_order_that_cannot_be_understood_is_told_and_hides_no_other(world):
    first, second = placed(world, 1, 1)
    world.walmart.ship_elsewhere(first)
    world.commerce.ship(second)
    world.walmart.faults_add(
        "status_before", method="GET", path=rf"/v3/orders/{first}$", status=400, times=9, code="X.Y"
    )

    run = reconcile(world)

    assert run.error is None
    assert summary(run) == clean(2) | {"healed": 1, "proposed": 1}
    assert [one[0] for one in explained(run) if one[1] == "unreadable"] == [first]
    world.walmart.faults_clear()
    assert summary(reconcile(world)) == clean(2) | {"healed": 1}


def test_one_run_at_a_time(world):
    place(world, 1)
    first = runs.request(world.store)
    with pytest.raises(runs.AlreadyRunning):
        runs.request(world.store)
    current = runs.claim(first.pk)
    assert runs.claim(first.pk) is None
    runs.release(current)
    go_on(first)
    assert runs.request(world.store).pk != first.pk


def test_a_line_damaged_in_our_record_is_read_again(world):
    number = place(world, 2)
    world.ship(number, {"1": 1})
    world.settle()
    OrderLine.objects.update(reported_shipped=0)

    run = reconcile(world)

    assert summary(run) == clean(1) | {"healed": 1}
    assert OrderLine.objects.get().reported_shipped == 1


async def read_only(world):
    """The streams without deliveries."""
    try:
        await sql.in_transaction(pulls.request)(world.store.pk, "released")
        await pulls.run(STREAMS["released"], world.store.pk, gateways.gateways_for, poll_seconds=0)
    finally:
        await gateways.close()


def returned(world):
    """Two of three units are back at the return centre."""
    [number] = placed(world, 3)
    world.ship(number, {"1": 3}, [UPS])
    world.settle()
    rma = world.walmart.open_return(number, [("1", 2)])
    world.walmart.deliver_return(rma)
    world.settle()
    return number, rma


def double(world, number, as_number=None):
    """Another tool enters the order a second time."""
    other = CommerceControl(world.urls[1]).reorder(number)
    save(world, {"entity_id": other, "ext_order_id": as_number or number})


def found_double(world, number):
    own = world.order(number).commerce_order_id
    return next(
        order["entity_id"]
        for order in world.commerce.orders()
        if order.get("ext_order_id") == number and order["entity_id"] != own
    )


def patch_money(world, order_id, amount):
    save(world, {"entity_id": order_id, "grand_total": amount, "base_grand_total": amount})


def save(world, entity):
    async def post():
        try:
            commerce = (await gateways.gateways_for(world.store.pk)).commerce
            await commerce._client.save_order({"entity": entity})
        finally:
            await gateways.close()

    async_to_sync(post)()
