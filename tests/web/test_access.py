"""Who sees and does what. Another store's rows do not exist."""

import pages
import pytest
from django.test import Client

from channel_manager.orders.models import Shipment
from channel_manager.returns.models import Refund
from tests import factories

ORDER_PAGES = ["", "/shipment", "/cancellation"]


@pytest.fixture
def order(store):
    return factories.order(store)


def test_an_anonymous_visitor_is_sent_to_sign_in(store, order):
    for path in ("/", f"/stores/{store.pk}/orders", f"/stores/{store.pk}/orders/{order.pk}"):
        answer = Client().get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/sign-in?next={path}")


def test_signing_in_leads_home_and_signing_out_back(alice):
    client = Client()
    assert client.get("/sign-in").status_code == 200

    wrong = client.post("/sign-in", {"username": "alice", "password": "wrong"})
    assert "Name and password do not match." in pages.text(wrong)

    assert client.post("/sign-in", {"username": "alice", "password": factories.PASSWORD})["Location"] == "/"
    assert "Brand A" in pages.text(client.get("/"))
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out")["Location"] == "/sign-in"
    assert client.get("/").status_code == 302


def test_many_wrong_passwords_lock_the_door(alice):
    client = Client()
    for _ in range(6):
        answer = client.post("/sign-in", {"username": "alice", "password": "wrong"})

    assert answer.status_code == 429
    assert "Too many wrong passwords" in pages.text(answer)
    right = client.post("/sign-in", {"username": "alice", "password": factories.PASSWORD})
    assert right.status_code == 429


def test_a_store_of_others_does_not_exist(signed_in, store, order, mallory):
    browser = signed_in(mallory)
    operation = factories.operation(order)
    shipment = factories.shipment(order, quantities={"1": 1})
    rule = factories.carrier_rule(store)
    returned = factories.return_(order)
    refund = factories.refund(order, parent=returned, lines={"1": 1})
    base = f"/stores/{store.pk}"
    paths = [base, f"{base}/orders", f"{base}/orders/arrivals", f"{base}/activity", f"{base}/activity/{operation.pk}"]
    paths += [f"{base}/orders/{order.pk}{page}" for page in ORDER_PAGES]
    paths += [f"{base}/orders/{order.pk}/shipments/{shipment.pk}/tracking", f"{base}/first-connection"]
    paths += [f"{base}/returns", f"{base}/returns/{returned.pk}"]
    paths += [f"{base}/returns/{returned.pk}/orders/{order.pk}/credit-memo"]
    paths += [f"{base}/orders/{order.pk}/refunds/{refund.pk}/decision"]
    paths += [f"{base}/settings/carriers", f"{base}/settings/carriers/{rule.pk}", f"{base}/settings/order-rules"]

    assert {path: browser.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)
    assert "Brand A" not in pages.text(browser.get("/"))


def test_an_object_of_another_store_is_not_reached_through_ones_own(signed_in, order, mallory):
    browser = signed_in(mallory)
    own = mallory.memberships.get().store
    own_order = factories.order(own)
    operation = factories.operation(order)
    shipment = factories.shipment(order, quantities={"1": 1})
    rule = factories.carrier_rule(order.store)
    returned, own_return = factories.return_(order), factories.return_(own_order)
    refund = factories.refund(order, parent=returned, lines={"1": 1})

    for path in (
        f"returns/{returned.pk}",
        f"returns/{returned.pk}/orders/{order.pk}/credit-memo",
        f"returns/{own_return.pk}/orders/{order.pk}/credit-memo",
        f"orders/{own_order.pk}/refunds/{refund.pk}/decision",
        f"orders/{order.pk}",
        f"orders/{order.pk}/shipment",
        f"activity/{operation.pk}",
        f"orders/{own_order.pk}/shipments/{shipment.pk}/tracking",
        f"settings/carriers/{rule.pk}",
    ):
        assert browser.get(f"/stores/{own.pk}/{path}").status_code == 404, path
    for path in (
        f"activity/{operation.pk}/retry",
        f"orders/{order.pk}/commerce-order",
        f"settings/carriers/{rule.pk}/deletion",
        f"returns/{returned.pk}/refunds/{refund.pk}/repair",
        f"returns/{own_return.pk}/refunds/{refund.pk}/repair",
    ):
        assert browser.post(f"/stores/{own.pk}/{path}").status_code == 404, path


@pytest.mark.parametrize("pk", ["abc", "0", "-1", "1.5", "9" * 30, "%00", "１"])
def test_an_id_that_is_not_one_is_not_found(browser, store, pk):
    for path in (
        f"/stores/{pk}/orders",
        f"/stores/{store.pk}/orders/{pk}",
        f"/stores/{store.pk}/activity/{pk}",
        f"/stores/{store.pk}/returns/{pk}",
    ):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "There is nothing here" in pages.text(answer)


def test_a_viewer_sees_but_may_not_act_and_learns_whom_to_ask(signed_in, store, order, bob, carol):
    browser = signed_in(bob)
    page = browser.get(f"/stores/{store.pk}/orders/{order.pk}")
    assert page.status_code == 200
    assert "/shipment" not in page.content.decode()

    for path in ("shipment", "cancellation", "commerce-order"):
        answer = browser.post(f"/stores/{store.pk}/orders/{order.pk}/{path}", {})
        assert answer.status_code == 403
        assert "Your role on “Brand A” lets you look, not act. Ask: carol." in pages.text(answer)
    assert browser.post(f"/stores/{store.pk}/synchronisation").status_code == 403
    assert not Shipment.objects.exists()


def test_a_viewer_sees_a_return_but_refunds_nothing(signed_in, store, bob, carol):
    order = factories.shipped_order(store)
    returned = factories.return_(order)
    refund = factories.refund(order, parent=returned, lines={"1": 1}, memo=False)
    browser = signed_in(bob)
    page = browser.get(f"/stores/{store.pk}/returns/{returned.pk}")
    assert page.status_code == 200
    assert "/credit-memo" not in page.content.decode()

    for path in (
        f"returns/{returned.pk}/orders/{order.pk}/credit-memo",
        f"returns/{returned.pk}/refunds/{refund.pk}/repair",
        f"orders/{order.pk}/refunds/{refund.pk}/decision",
    ):
        answer = browser.post(f"/stores/{store.pk}/{path}", {"agree": "on", "effect": "none"})
        assert answer.status_code == 403, path
        assert "Your role on “Brand A” lets you look, not act. Ask: carol." in pages.text(answer)
    assert Refund.objects.filter(repair=False).count() == 1


def test_an_operator_may_act_but_not_configure(browser, store, carol):
    assert browser.get(f"/stores/{store.pk}/settings/carriers").status_code == 200
    for path in ("settings/carriers/new", "settings/order-rules", "first-connection"):
        for answer in (browser.get(f"/stores/{store.pk}/{path}"), browser.post(f"/stores/{store.pk}/{path}", {})):
            assert answer.status_code == 403
            assert "Only an owner of “Brand A” may change its settings. Ask: carol." in pages.text(answer)


def test_a_form_without_its_token_is_refused_with_a_reference(signed_in, alice, store):
    browser = signed_in(alice, enforce_csrf_checks=True)

    order = factories.shipped_order(store)
    returned = factories.return_(order)
    memo = f"/stores/{store.pk}/returns/{returned.pk}/orders/{order.pk}/credit-memo"
    assert browser.post(memo, {"quantity-1": "1"}).status_code == 403
    answer = browser.post(f"/stores/{store.pk}/synchronisation", headers={"X-Request-ID": "abc-123"})

    assert answer.status_code == 403
    assert "This page was open too long" in pages.text(answer)
    assert pages.address(answer, "button main") == "/"
    assert "abc-123" in pages.text(answer)
    assert answer["X-Request-ID"] == "abc-123"


def test_a_page_that_breaks_shows_a_reference(browser, store, monkeypatch):
    browser.raise_request_exception = False
    monkeypatch.setattr("channel_manager.web.views.orders.index.orders_page", lambda *_, **__: 1 / 0)

    answer = browser.get(f"/stores/{store.pk}/orders", headers={"X-Request-ID": "<script>"})

    assert answer.status_code == 500
    assert "Something broke on our side" in pages.text(answer)
    assert "<script>alert" not in answer.content.decode()
    assert answer["X-Request-ID"] in pages.text(answer)
    assert len(answer["X-Request-ID"]) == 12
