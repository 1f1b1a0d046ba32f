"""The page of one return, and what an order's page says of its returns and refunds."""

from decimal import Decimal

import pages
import pytest
from django.utils import timezone

from channel_manager.orders.models import Cancellation
from channel_manager.ports.returns import ReturnState
from channel_manager.returns import state
from channel_manager.returns.models import Effect, Refund
from channel_manager.shared.sentences import say
from channel_manager.sync.models import State, SyncOperation
from channel_manager.web import labels
from tests import factories


@pytest.fixture
def order(store):
    return factories.shipped_order(store, lines=[("SKU-1", 3), ("SKU-2", 1)])


def path(returned, tail=""):
    return f"/stores/{returned.store_id}/returns/{returned.pk}{tail}"


def failed(order, refund, *, kind="create_credit_memo", words="Commerce refused it."):
    operation = factories.operation(order, kind=kind, sentence=say(words), payload={"refund": refund.pk})
    state.refresh_of(order.pk)
    return operation


def test_the_lines_stand_by_order_with_reason_money_and_units(browser, store, order):
    other = factories.shipped_order(store)
    returned = factories.return_(order, lines=[("1", 2)], delivered=True, tracking_numbers=["9400111"])
    factories.return_line(returned, 2, other, "1", 1, reason="WRONG_SIZE/POOR_FIT", shipping=Decimal("3.00"))
    factories.return_line(returned, 3, None, "1", 1, reason="EATEN_BY_DOG", keep_it=True)
    state.refresh(returned)

    answer = browser.get(path(returned))

    text = pages.text(answer)
    assert f"Commerce order {order.commerce_number} Walmart order {order.number} Create credit memo" in text
    assert "1 SKU-1 Product SKU-1 No longer wanted Back at the return center" in text
    assert "2 0 0 $21.60 tax $1.60" in text
    assert "Wrong size or poor fit Not back yet 1 0 0 $13.80 shipping $3.00 tax $0.80" in text
    assert "EATEN_BY_DOG The order is not known here. Refund it in Seller Center" in text
    assert "Buyer keeps it" in text
    assert "Products $40.00 Shipping $3.00 Tax $3.20 Refund amount $46.20" in text
    assert "9400111" in text
    assert "Refund by" in text
    assert answer.content.decode().count("/credit-memo") == 2


def test_what_has_not_shipped_says_why_it_cannot_be_refunded(browser, store):
    returned = factories.return_(factories.order(store))

    text = pages.text(browser.get(path(returned)))

    assert "Only shipped units can be refunded" in text
    assert "Create credit memo" not in text


@pytest.mark.parametrize(
    ("memo", "facts", "words"),
    [
        (False, {}, "Being made in Commerce Then Walmart is told"),
        (True, {}, "Made in Commerce Being sent to Walmart"),
        (True, {"reported_at": factories.NOON}, "Made in Commerce Accepted by Walmart"),
        (True, {"effect": Effect.MIRROR}, "Made in Commerce Walmart had paid the buyer by itself"),
    ],
)
def test_a_refund_shows_how_far_it_is(browser, order, alice, memo, facts, words):
    returned = factories.return_(order, lines=[("1", 1)])
    facts = {"expected": Decimal("10.75"), "comment": "One box"} | facts
    factories.refund(order, parent=returned, lines={"1": 1}, by=alice, memo=memo, **facts)

    text = pages.text(browser.get(path(returned)))

    assert words in text
    assert "by alice" in text
    assert "Walmart pays $10.75" in text
    assert "One box" in text
    assert ("Credit memo $10.80 Walmart pays $10.75 Difference -$0.05" in text) == memo


def test_what_went_wrong_can_be_sent_again_from_here(browser, order, alice):
    returned = factories.return_(order, lines=[("1", 1)])
    refund = factories.refund(order, parent=returned, lines={"1": 1}, by=alice, memo=False)
    operation = failed(order, refund)

    page = browser.get(path(returned))
    assert "Create the credit memo in Commerce Commerce refused it." in pages.text(page)
    assert "Send again" in pages.text(page)

    address = pages.address(page, f"/activity/{operation.pk}/retry", attribute="action")
    answer = browser.post(address, {"back": "return"})
    assert answer["Location"] == path(returned)
    operation.refresh_from_db()
    assert operation.state == State.WAITING
    returned.refresh_from_db()
    assert not returned.has_error


def test_settling_a_credit_memo_by_hand_gives_its_units_back(browser, order, alice):
    returned = factories.return_(order, lines=[("1", 1)])
    refund = factories.refund(order, parent=returned, lines={"1": 1}, by=alice, memo=False)
    operation = failed(order, refund)
    address = f"/stores/{order.store_id}/activity/{operation.pk}/settlement"

    assert "can be refunded again afterwards" in pages.text(browser.get(address))
    assert browser.post(address, {"reason": "Refunded by cheque"}).status_code == 302

    assert not Refund.objects.exists()
    assert returned.lines.get().recorded == 0
    assert "Create credit memo" in pages.text(browser.get(path(returned)))


def test_an_order_canceled_in_commerce_is_reopened_by_consent_alone(browser, order, alice):
    order.commerce_state = "canceled"
    order.save()
    returned = factories.return_(order, lines=[("1", 1)])
    refund = factories.refund(order, parent=returned, lines={"1": 1}, by=alice, memo=False)
    operation = failed(order, refund, words="Agree to its repair, then try again.")
    assert "Reopen and send again" in pages.text(browser.get(path(returned)))

    refused = browser.post(path(returned, f"/refunds/{refund.pk}/repair"), follow=True)
    assert "Nothing was done" in pages.text(refused)
    refund.refresh_from_db()
    assert not refund.repair

    agreed = browser.post(path(returned, f"/refunds/{refund.pk}/repair"), {"agree": "on"}, follow=True)
    assert "is being reopened" in pages.text(agreed)
    assert "Reopen and send again" not in pages.text(agreed)
    refund.refresh_from_db()
    operation.refresh_from_db()
    assert (refund.repair, operation.state) == (True, State.WAITING)


def test_the_timeline_tells_of_the_return_and_of_its_refunds(browser, order, alice):
    returned = factories.return_(order, lines=[("1", 1)])
    factories.event(order, say("Credit memo asked for."), kind="refund", user=alice)
    factories.event(order, say("Acknowledged."), kind="acknowledged")
    refund = factories.refund(order, parent=returned, lines={"1": 1}, by=alice, memo=False)
    factories.attempt(failed(order, refund))
    factories.attempt(factories.operation(order, kind="report_shipment"))

    timeline = pages.text(browser.get(path(returned))).split("Timeline", 1)[1]

    assert "Credit memo asked for." in timeline
    assert "Create the credit memo in Commerce try 1" in timeline
    assert "Acknowledged." not in timeline
    assert "Report the shipment" not in timeline


def test_an_operation_of_a_refund_leads_to_its_return(browser, order):
    returned = factories.return_(order, lines=[("1", 1)])
    operation = failed(order, factories.refund(order, parent=returned, memo=False))

    page = browser.get(f"/stores/{order.store_id}/activity/{operation.pk}")

    assert pages.address(page, f"/returns/{returned.pk}") == path(returned)


def test_every_state_of_a_line_has_words():
    assert set(labels.RETURN_STATES) == set(ReturnState)
    assert labels.return_reason("TRIED_TO_CANCEL") == "Tried to cancel"
    assert labels.return_reason("<NEW>") == "<NEW>"


# ---- on the order's page -----------------------------------------------------------------------------------------


def order_page(browser, order):
    return browser.get(f"/stores/{order.store_id}/orders/{order.pk}")


def test_an_orders_page_shows_returned_and_refunded_units_and_the_memos(browser, order, alice):
    returned = factories.return_(order, lines=[("1", 2)])
    factories.refund(order, parent=returned, lines={"1": 1}, by=alice, expected=Decimal("10.80"))

    page = order_page(browser, order)

    text = pages.text(page)
    assert "1 SKU-1 Product SKU-1 3 0 3 0 2 1 $32.40" in text
    assert f"Return {returned.number} Received" in text
    assert f"Credit memo {order.refunds.get().commerce_number} On its way to Walmart" in text
    assert pages.address(page, 'class="requested"') == path(returned)


def test_an_error_of_a_refund_leads_to_the_return(browser, order, alice):
    returned = factories.return_(order, lines=[("1", 1)])
    failed(order, factories.refund(order, parent=returned, lines={"1": 1}, by=alice, memo=False))

    assert "Open the return" in pages.text(order_page(browser, order))


@pytest.fixture
def asks(store):
    """An order of which one unit of three has shipped, and a credit memo that the Admin made."""
    order = factories.order(store, lines=[("SKU-1", 3)])
    factories.shipment(order, quantities={"1": 1}, reported_at=timezone.now())
    order.commerce_items.update(shipped=1, invoiced=3)
    return factories.refund(order, lines={"1": 1}, effect=Effect.ASK)


def decision(refund):
    return f"/stores/{refund.order.store_id}/orders/{refund.order_id}/refunds/{refund.pk}/decision"


def decide(browser, refund, **typed):
    page = browser.get(decision(refund))
    return browser.post(decision(refund), {"version": pages.value(page, "version"), **typed})


def test_an_order_asks_what_a_credit_memo_means(browser, asks):
    page = order_page(browser, asks.order)

    assert "Waiting for a decision" in pages.text(page)
    assert pages.address(page, "/decision") == decision(asks)
    form = pages.text(browser.get(decision(asks)))
    assert f"What does credit memo {asks.commerce_number} mean?" in form
    assert "It cancels units that have not shipped." in form
    assert "It settles the open return" not in form


def test_a_memo_that_cancels_needs_a_reason(browser, asks):
    refused = decide(browser, asks, effect="cancellation")
    assert refused.status_code == 422
    assert "Choose a reason" in pages.errors_beside(refused, "cancellation_reason")

    answer = decide(browser, asks, effect="cancellation", cancellation_reason="stock")
    assert answer["Location"] == f"/stores/{asks.order.store_id}/orders/{asks.order_id}"
    asks.refresh_from_db()
    assert asks.effect == Effect.CANCELLATION
    assert Cancellation.objects.get().reason == "stock"
    assert "Waiting for a decision" not in pages.text(order_page(browser, asks.order))


def test_a_memo_that_refunds_what_has_shipped_is_sent_with_its_reason(browser, asks):
    assert decide(browser, asks, effect="order", refund_reason="damaged").status_code == 302

    asks.refresh_from_db()
    assert (asks.effect, asks.reason) == (Effect.ORDER, "damaged")
    assert SyncOperation.objects.filter(kind="refund_order", payload__refund=asks.pk).exists()


def test_a_memo_settles_the_open_return(browser, asks):
    returned = factories.return_(asks.order, lines=[("1", 1)])

    assert f"It settles the open return {returned.number}." in pages.text(browser.get(decision(asks)))
    assert decide(browser, asks, effect="return").status_code == 302

    asks.refresh_from_db()
    assert (asks.effect, asks.parent) == (Effect.RETURN, returned)


def test_a_memo_of_which_walmart_is_told_nothing(browser, asks):
    assert decide(browser, asks, effect="none").status_code == 302

    asks.refresh_from_db()
    assert asks.effect == Effect.NONE
    assert not SyncOperation.objects.exists()


def test_an_impossible_decision_says_so_beside_the_choice(browser, asks):
    asks.lines.update(quantity=3)
    refused = decide(browser, asks, effect="cancellation", cancellation_reason="stock")

    assert refused.status_code == 422
    assert "2" in pages.errors_beside(refused, "effect")
    nothing = decide(browser, asks)
    assert "Choose what it means" in pages.errors_beside(nothing, "effect")
    assert decide(browser, asks, effect="return").status_code == 422
    assert decide(browser, asks, effect="mirror").status_code == 422


def test_a_decision_is_taken_once(browser, asks):
    page = browser.get(decision(asks))
    typed = {"version": pages.value(page, "version"), "effect": "none"}

    assert browser.post(decision(asks), typed).status_code == 302
    again = browser.post(decision(asks), typed)

    assert again.status_code == 422
    assert "This was decided already." in pages.text(again)
