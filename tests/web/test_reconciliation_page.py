"""The page of checks: never run, running, failed, finished; deciding about findings; exports; an order's proof."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pages
import pytest
from django.utils import timezone

from channel_manager.notifications.models import Notification
from channel_manager.reconciliation.models import ComparedOrder, Finding, Run
from channel_manager.shared.sentences import say
from channel_manager.sync.models import Outcome, State, SyncOperation
from tests import factories

NOW = timezone.now()


def run(store, *, state="done", **facts):
    ended = state != "open"
    facts = {
        "since": NOW - timedelta(days=30),
        "until": NOW,
        "begun_at": NOW - timedelta(seconds=90),
        "finished_at": NOW if ended else None,
        "compared": 4812,
        "healed": 2,
        "proposed": 1,
        "calls": 612,
        "expected": 4812,
        "actor": "rule",
    } | facts
    return Run.objects.create(store=store, state=state, **facts)


def finding(of, order, *, state="proposed", **facts):
    facts = {
        "number": order.number,
        "kind": "total",
        "side": "commerce",
        "expected": "21.60",
        "found": "20.00",
        "severity": "serious",
        "sentence": say("Commerce order %(number)s comes to %(found)s.", number="1", found="20.00").as_json(),
        "action": "check",
        "preview": [say("Nothing is written. Correct the order in Commerce.").as_json()],
    } | facts
    return Finding.objects.create(store=of.store, run=of, seen_in=of, order=order, state=state, **facts)


@pytest.fixture
def address(store):
    return f"/stores/{store.pk}/checks"


def test_a_store_that_was_never_checked_says_so(browser, address):
    text = pages.text(browser.get(address))
    assert "Never checked" in text
    assert "Check now" in text


def test_the_latest_check_is_one_sentence_with_its_findings(browser, store, address):
    done = run(store)
    finding(done, factories.order(store))

    text = pages.text(browser.get(address))

    assert "30 days, 4,812 orders: 0 missing, 0 doubled, 2 healed · 1 needs you" in text
    assert "1 min · 612 calls" in text
    assert "Commerce order 1 comes to 20.00. What would be done Nothing is written." in text
    assert "Check this order again" in text
    home = pages.text(browser.get("/"))
    assert "30 days, 4,812 orders: 0 missing, 0 doubled, 2 healed · 1 needs you" in home
    assert "/checks" in browser.get(f"/stores/{store.pk}/activity").content.decode()


def test_a_check_that_runs_shows_how_far_it_is_and_replaces_itself(browser, store, address):
    run(store, state="open", compared=1203)

    page = browser.get(address)
    assert "25 %" in pages.text(page)
    assert "1,203 of about 4,812 orders compared" in pages.text(page)
    assert "Check now" not in pages.text(page)
    assert 'hx-trigger="every 2s"' in page.content.decode()
    assert "HX-Refresh" not in browser.get(f"{address}/progress")

    Run.objects.update(state="done", finished_at=NOW)
    assert browser.get(f"{address}/progress")["HX-Refresh"] == "true"


def test_a_check_that_cannot_go_on_says_why_and_that_it_will(browser, store, address):
    error = factories.error(say("Commerce cannot be reached."))
    run(store, state="open", error=error, failed_since=NOW)
    text = pages.text(browser.get(address))
    assert "Commerce cannot be reached." in text
    assert "What was compared is kept. It goes on by itself." in text


def test_an_operator_has_a_check_made_once(browser, store, alice, address):
    assert browser.post(address, {"days": "7"})["Location"] == address
    assert "A check of this store is running." in pages.text(browser.post(address, {"days": "7"}, follow=True))
    made = Run.objects.get()
    assert (made.days, made.requested_by, made.state) == (7, alice, "open")
    assert browser.post(address, {"days": "9999"}).status_code == 422


def test_a_viewer_looks_and_decides_nothing(signed_in, store, bob, address):
    done = run(store)
    found = finding(done, factories.order(store))
    browser = signed_in(bob)
    page = browser.get(address)
    assert page.status_code == 200
    assert "Dismiss" not in pages.text(page)
    assert "Check now" not in pages.text(page)
    for path in ("", f"/findings/{found.pk}/application", f"/findings/{found.pk}/dismissal"):
        assert browser.post(address + path, {"days": "1", "reason": "x"}).status_code == 403


def test_another_stores_checks_do_not_exist(signed_in, store, mallory, address):
    done = run(store)
    order = factories.order(store)
    found = finding(done, order)
    browser = signed_in(mallory)
    own = f"/stores/{mallory.memberships.get().store_id}/checks"
    for base in (address, own):
        for path in (f"/{done.pk}", f"/{done.pk}/findings.csv", f"/{done.pk}/orders.csv"):
            assert browser.get(base + path).status_code == 404, base + path
        assert browser.post(f"{base}/findings/{found.pk}/application").status_code == 404
        assert browser.get(f"{base}/findings/{found.pk}/dismissal").status_code == 404
    assert browser.get(f"/stores/{store.pk}/orders/{order.pk}/certificate").status_code == 404


def test_a_proposal_is_applied_with_one_click(browser, store, alice, address):
    order = factories.order(store)
    operation = factories.operation(order)
    found = finding(run(store), order, action="retry", target=operation.pk)

    answer = browser.post(f"{address}/findings/{found.pk}/application", follow=True)

    assert "It is being done." in pages.text(answer)
    found.refresh_from_db()
    operation.refresh_from_db()
    assert (found.state, found.decided_by, operation.state) == ("applied", alice, State.WAITING)
    again = browser.post(f"{address}/findings/{found.pk}/application", follow=True)
    assert "This was decided already." in pages.text(again)


def test_a_proposal_that_no_longer_fits_is_refused_with_a_sentence(browser, store, address):
    found = finding(run(store), factories.order(store), action="retry", target=999_999)
    answer = browser.post(f"{address}/findings/{found.pk}/application", follow=True)
    assert "This is not as it was any more." in pages.text(answer)
    found.refresh_from_db()
    assert found.state == "proposed"


def test_a_difference_is_dismissed_with_a_reason(browser, store, alice, address):
    order = factories.order(store)
    found = finding(run(store), order)
    form = f"{address}/findings/{found.pk}/dismissal"

    assert "Let this difference be" in pages.text(browser.get(form))
    assert "Say why" in pages.errors_beside(browser.post(form, {"reason": " "}), "reason")
    assert "It is noted" in pages.text(browser.post(form, {"reason": "Agreed with the buyer"}, follow=True))

    found.refresh_from_db()
    assert (found.state, found.reason, found.decided_by) == ("dismissed", "Agreed with the buyer", alice)
    assert "Agreed with the buyer" in pages.text(browser.get(address))
    assert "A difference may stay: Agreed with the buyer" in pages.text(
        browser.get(f"/stores/{store.pk}/orders/{order.pk}")
    )


def rows(answer):
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_findings_and_orders_are_exported_and_no_cell_is_a_formula(browser, store, address):
    done = run(store)
    order = factories.order(store)
    finding(done, order, line="=HYPERLINK(1)", reason="+1", state="closed")
    ComparedOrder.objects.create(
        run=done,
        number=order.number,
        order=order,
        commerce_number="@evil",
        outcome="agrees",
        walmart_total=Decimal("-1.50"),
        units={"walmart": {"ordered": 2}},
    )

    [heads, row] = rows(browser.get(f"{address}/{done.pk}/findings.csv"))
    found = dict(zip(heads, row, strict=True))
    assert (found["Walmart order"], found["Line"], found["Reason"]) == (order.number, "'=HYPERLINK(1)", "'+1")
    assert found["What"] == "Commerce order 1 comes to 20.00."
    answer = browser.get(f"{address}/{done.pk}/orders.csv")
    assert answer["Content-Disposition"] == f'attachment; filename="check-{done.pk}-orders.csv"'
    [heads, row] = rows(answer)
    compared = dict(zip(heads, row, strict=True))
    assert (compared["Commerce order"], compared["Total at Walmart"], compared["ordered walmart"]) == (
        "'@evil",
        "-1.50",
        "2",
    )


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_a_fixed_number_of_questions(browser, store, address, count, django_assert_num_queries):
    for _ in range(count):
        done = run(store)
        finding(done, factories.order(store))
    with django_assert_num_queries(8):
        assert browser.get(address).status_code == 200


def certified(store, by, count):
    order = factories.order(store, received_by="released", acknowledged_at=NOW)
    SyncOperation.objects.all().delete()
    creation = factories.operation(
        order,
        kind="create_commerce_order",
        state=State.DONE,
        progress={"cart_id": 88, "order_id": 17},
        result={"order_id": 17, "number": order.commerce_number, "total": "21.60", "adopted": False},
    )
    factories.attempt(creation, number=1, outcome=Outcome.AMBIGUOUS)
    factories.attempt(creation, number=2, outcome=Outcome.FOUND)
    for _ in range(count):
        parcel = factories.shipment(order, quantities={}, by=by, reported_at=NOW, commerce_number="000012")
        factories.operation(order, state=State.DONE, payload={"shipment": parcel.pk})
        factories.cancellation(order, quantities={}, by=by)
    return order


def test_an_orders_proof_tells_what_was_done_once_and_when_it_was_confirmed(browser, store, alice):
    order = certified(store, alice, 1)
    Notification.objects.create(
        store=store,
        platform="marketplace",
        event_id="1",
        event="PO_CREATED",
        order_number=order.number,
        received_at=order.received_at - timedelta(seconds=1),
    )
    page = browser.get(f"/stores/{store.pk}/orders/{order.pk}")
    assert "Proof of this order" in pages.text(page)

    text = pages.text(browser.get(f"/stores/{store.pk}/orders/{order.pk}/certificate"))

    assert "By reading “New orders”" in text
    assert "Announced PO_CREATED" in text
    assert "Cart id 88" in text
    assert "Commerce id 17" in text
    assert "$21.60, equal to Walmart's charges to the cent" in text
    assert "2 tries · found to be done already" in text
    assert str(order.shipments.get().marker) in text
    assert "Report the shipment to Walmart" in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_proof_asks_a_fixed_number_of_questions(browser, store, alice, count, django_assert_num_queries):
    order = certified(store, alice, count)
    with django_assert_num_queries(14):
        assert browser.get(f"/stores/{store.pk}/orders/{order.pk}/certificate").status_code == 200
