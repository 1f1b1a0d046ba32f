"""What a page lets through: nothing that others wrote, no inline code, no odd time zone."""

import re

import pages
import pytest
from django.contrib.staticfiles import finders

from channel_manager.returns.models import Return
from channel_manager.shared.sentences import say
from channel_manager.sync.models import SyncOperation
from channel_manager.web import formats
from tests import factories

HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(2)>'{{7*7}}%(x)s"""


@pytest.fixture
def hostile(store):
    order = factories.order(
        store, lines=[(HOSTILE[:64], 1)], buyer_name=HOSTILE, ship_method=HOSTILE[:32], commerce_number=HOSTILE[:50]
    )
    factories.shipment(order, tracks=[("custom", HOSTILE, HOSTILE[:100])], comment=HOSTILE)
    factories.event(order, say("Said: %(words)s", words=HOSTILE))
    operation = factories.operation(order, sentence=say(HOSTILE))
    operation.error |= {"said": HOSTILE, "side": HOSTILE, "field": HOSTILE}
    operation.save()
    factories.attempt(operation, exchanges=[EXCHANGE])
    returned = factories.return_(
        order, number=HOSTILE[:32], tracking_numbers=[HOSTILE], replacement_order_number=HOSTILE[:32]
    )
    returned.lines.update(sku=HOSTILE[:64], name=HOSTILE, reason=HOSTILE[:64], refund_channel=HOSTILE[:64])
    order.commerce_items.update(shipped=1)
    memo = {"commerce_number": HOSTILE[:50], "comment": HOSTILE}
    factories.refund(order, effect="ask", lines={"1": 1}, **memo)
    refund = factories.refund(order, parent=returned, **memo)
    factories.operation(order, kind="refund_return", sentence=say(HOSTILE), payload={"refund": refund.pk})
    factories.event(order, say("Said: %(words)s", words=HOSTILE), kind="refund")
    factories.carrier_rule(
        store, title=HOSTILE, carrier="", other_name=HOSTILE[:64], tracking_url="javascript:{number}"
    )
    return order


EXCHANGE = {
    "side": HOSTILE,
    "method": "GET",
    "url": HOSTILE,
    "request_headers": {HOSTILE: HOSTILE},
    "request": {HOSTILE: [HOSTILE]},
    "status": None,
    "response": HOSTILE,
    "response_headers": {},
    "problem": HOSTILE,
    "milliseconds": 1,
}


def test_what_others_wrote_is_shown_and_never_executed(signed_in, carol, store, hostile):
    browser = signed_in(carol)
    operation = pages.address(browser.get(f"/stores/{store.pk}/activity"), f"/stores/{store.pk}/activity/")
    rule = store.carrier_rules.get().pk
    base = f"/stores/{store.pk}"
    failed = SyncOperation.objects.filter(kind="report_shipment").first().pk
    error = factories.error(say(HOSTILE), about="sku") | {"field": HOSTILE}
    unknown = factories.operation(hostile, kind="create_commerce_order", error=error).pk
    parcel = hostile.shipments.get().pk
    returned, asks = Return.objects.get().pk, hostile.refunds.get(effect="ask").pk
    for path in (
        f"{base}/returns",
        f"{base}/returns?search=%3Cscript%3Ealert(1)%3C/script%3E",
        f"{base}/returns/{returned}",
        f"{base}/returns/{returned}/orders/{hostile.pk}/credit-memo",
        f"{base}/orders/{hostile.pk}/refunds/{asks}/decision",
        f"{base}/orders",
        f"{base}/orders?search=" + "%3Cscript%3Ealert(1)%3C/script%3E%22%3E%3Cimg src=x onerror=alert(2)%3E",
        f"{base}/orders/{hostile.pk}",
        f"{base}/orders/{hostile.pk}/shipment",
        f"{base}/orders/{hostile.pk}/cancellation",
        f"{base}/activity",
        operation,
        f"{base}/activity/{failed}",
        f"{base}/activity/{failed}/case-file",
        f"{base}/activity/{unknown}/fix",
        f"{base}/orders/{hostile.pk}/shipments/{parcel}/carrier",
        f"{base}/settings/carriers/new?shipment={parcel}",
        f"{base}/settings/carriers",
        f"{base}/settings/carriers/{rule}",
        "/",
    ):
        answer = browser.get(path)
        body = answer.content.decode()
        assert answer.status_code == 200, path
        assert "<script>alert" not in body, path
        assert "<img src=x" not in body, path
        assert 'href="javascript' not in body, path


def test_the_policy_allows_only_our_own_files_and_no_page_needs_more(browser, store, hostile):
    base = f"/stores/{store.pk}"
    returned = Return.objects.get().pk
    paths = ["/", f"{base}/orders", f"{base}/orders/{hostile.pk}", f"{base}/orders/{hostile.pk}/shipment", "/x"]
    paths += [f"{base}/returns", f"{base}/returns/{returned}"]
    paths += [f"{base}/returns/{returned}/orders/{hostile.pk}/credit-memo"]
    for path in paths:
        answer = browser.get(path)
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "unsafe" not in policy
        for tag in re.findall(r"<[a-z][^>]*>", answer.content.decode()):
            assert not re.search(r"\s(style|on\w+|hx-on\S*)=", tag), tag
        for script in re.findall(r"<script[^>]*>(.*?)</script>", answer.content.decode(), flags=re.DOTALL):
            assert script == ""
        assert "<style" not in answer.content.decode()


def test_every_file_that_pages_ask_for_is_served(browser, store):
    body = browser.get(f"/stores/{store.pk}/orders").content.decode()
    for path in set(re.findall(r'(?:src|href)="(/static/[^"#]+)', body)):
        assert finders.find(path.split("/", 3)[3]), path


@pytest.mark.parametrize(
    ("cookie", "zone"),
    [
        ("America/New_York", "EST"),
        ("Asia/Taipei", "CST"),
        ("", "UTC"),
        ("Mars/Olympus", "UTC"),
        ("../../etc/passwd", "UTC"),
        ("America", "UTC"),
        ("/etc/localtime", "UTC"),
        ("A" * 4000, "UTC"),
        ("Europe/Paris\x00", "UTC"),
        ("<script>", "UTC"),
    ],
)
def test_times_follow_the_viewers_zone_and_a_bad_one_is_utc(browser, store, cookie, zone):
    factories.order(store)
    browser.cookies["time_zone"] = cookie

    assert f"Ordered ({zone})" in pages.text(browser.get(f"/stores/{store.pk}/orders"))


def test_without_a_cookie_the_zone_of_the_account_counts(browser, store, alice):
    alice.time_zone = "Asia/Tokyo"
    alice.save()
    factories.order(store)

    assert "Ordered (JST)" in pages.text(browser.get(f"/stores/{store.pk}/orders"))


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ({"template": "%(a)s of %(b)s", "values": {"a": "1", "b": "2"}}, "1 of 2"),
        ({"template": "100 % of it", "values": {}}, "100 % of it"),
        ({"template": "", "values": {}}, ""),
        ({}, ""),
        (None, ""),
        ("plain", "plain"),
    ],
)
def test_stored_sentences_become_words(stored, shown):
    assert formats.words(stored) == shown
