"""The language of a page: as a person chose it, else as the browser asks, else English."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from channel_manager.shared.sentences import say
from channel_manager.web import formats
from channel_manager.web.moments import Moments
from tests import factories

CHINESE = "zh-TW,zh;q=0.9,en;q=0.8"
AT = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)


def heading(answer):
    return answer.content.decode().partition("<h1>")[2].partition("</h1>")[0]


@pytest.mark.parametrize(
    ("asked", "heading_"),
    [(CHINESE, "登入"), ("zh-HK", "登入"), ("de-DE,de;q=0.9", "Sign in"), ("en-US", "Sign in"), ("?!", "Sign in")],
)
def test_the_language_of_the_browser_is_spoken_where_it_is_known(client, db, asked, heading_):
    assert heading(client.get("/sign-in", headers={"accept-language": asked})) == heading_


def test_a_choice_stays_until_the_next_and_keeps_the_place(browser, store):
    here = f"/stores/{store.pk}/orders?card=open"
    answer = browser.post("/preferences", {"language": "zh-hant", "back": here})
    assert (answer.status_code, answer["Location"]) == (302, here)
    assert answer.cookies["language"]["max-age"] > 60 * 60 * 24 * 300
    page = browser.get(here)
    assert (heading(page), page["Content-Language"]) == ("訂單", "zh-hant")
    assert '<html lang="zh-hant"' in page.content.decode()
    browser.post("/preferences", {"language": "en", "back": here})
    assert heading(browser.get(here, headers={"accept-language": CHINESE})) == "Orders"


def test_the_language_is_chosen_before_signing_in_as_well(client, db):
    assert client.post("/preferences", {"language": "zh-hant", "back": "/sign-in"}).status_code == 302
    page = client.get("/sign-in").content.decode()
    assert 'value="en" lang="en">English</button>' in page
    assert "繁體中文" not in page


@pytest.mark.parametrize("value", ["xx", "../en"])
def test_a_language_that_is_none_changes_nothing(client, db, value):
    client.post("/preferences", {"language": value})
    assert "language" not in client.cookies or not client.cookies["language"].value
    client.cookies["language"] = value
    assert heading(client.get("/sign-in")) == "Sign in"


def test_pages_are_not_mixed_up_by_a_cache(client, db):
    assert {"Accept-Language", "Cookie"} <= set(client.get("/sign-in")["Vary"].split(", "))


def test_what_was_said_earlier_is_read_in_the_readers_language(browser, store, alice):
    order = factories.order(store)
    factories.event(order, sentence=say("Reason changed: %(reason)s.", reason=say("The item is out of stock")))
    browser.post("/preferences", {"language": "zh-hant"})
    page = browser.get(f"/stores/{store.pk}/orders/{order.pk}").content.decode()
    assert "缺貨" in page
    assert "Reason changed" not in page


def test_days_amounts_and_counts_are_written_as_the_language_writes_them():
    with translation.override("zh-hant"), timezone.override("Asia/Taipei"):
        shown = str(formats.moment(AT))
        assert ">11/23 21:05<" in shown
        assert 'title="2026年11月23日（星期一） 21:05:00 CST"' in shown
        assert str(Moments(AT).written(AT)) == shown
        assert formats.money(Decimal("1234.5"), "USD") == "US$1,234.50"
        assert (formats.number(1234567), formats.percent(0.0213)) == ("1,234,567", "2.1%")
        assert formats.duration(AT - AT.replace(day=20)) == "3 天 0 小時"
    with translation.override("en"), timezone.override("UTC"):
        assert ">Nov 23, 13:05<" in str(Moments(AT).written(AT))
        assert str(Moments(AT).written(AT)) == str(formats.moment(AT))
