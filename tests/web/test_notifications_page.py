from datetime import timedelta

import pages
import pytest
from django.utils import timezone

from channel_manager.notifications import addresses
from channel_manager.notifications.models import Hook, Notification, Wanted
from channel_manager.ports.messages import Platform
from channel_manager.sync.models import StreamCursor
from tests import factories

FOUND = [{"event": "PO_CREATED", "topic": "order_released"}, {"event": "RETURN_CREATED", "topic": "return_opened"}]


@pytest.fixture(autouse=True)
def public(settings):
    settings.PUBLIC_URL = "https://cm.example"


@pytest.fixture
def owner(signed_in, carol):
    return signed_in(carol)


def page(store, part=""):
    return f"/stores/{store.pk}/settings/notifications{part}"


def told(store, number, **facts):
    facts = {"platform": "marketplace", "event": "PO_CREATED", "order_number": "2802123876439"} | facts
    return Notification.objects.create(store=store, event_id=str(number), **facts)


def test_it_is_off_until_an_owner_turns_it_on(owner, store):
    text = pages.text(owner.get(page(store)))
    assert "State Off" in text
    assert "Both platforms are read every 60 seconds whatever happens here." in text
    assert 'href="' + page(store) in owner.get(page(store)).content.decode()

    answer = owner.post(page(store, "/walmart"), {"wanted": "on"}, follow=True)

    assert "Walmart's subscriptions follow within seconds." in pages.text(answer)
    assert "State Being set up" in pages.text(answer)
    assert (Wanted.objects.get().is_on, Hook.objects.get().platform) == (True, "marketplace")
    assert StreamCursor.objects.get(stream="notifications").due_at <= timezone.now()

    owner.post(page(store, "/walmart"), {"wanted": "off"})
    assert Wanted.objects.get().is_on is False


def test_it_shows_how_the_subscriptions_stand_and_what_came(owner, store):
    hook = addresses.make(store, Platform.MARKETPLACE)
    Wanted.objects.create(store=store, is_on=True, compared_at=timezone.now() - timedelta(minutes=5), found=FOUND)
    told(store, 1)
    told(store, 2)

    body = owner.get(page(store))

    text = pages.text(body)
    assert "State On Compared with Walmart 5 min ago" in text
    assert "Walmart tells of New orders PO_CREATED New returns RETURN_CREATED" in text
    assert "Not told, only read Changed orders Buyers' requests to cancel Changed returns" in text
    assert "PO_CREATED · 2802123876439 In the last 24 hours 2" in text
    assert addresses.receiver(hook).password not in body.content.decode()


def test_what_goes_wrong_is_shown_with_its_sentence(owner, store):
    sentence = factories.say("Walmart does not permit this with the given keys.").as_json()
    Wanted.objects.create(store=store, is_on=True)
    since = timezone.now() - timedelta(hours=1)
    StreamCursor.objects.create(
        store=store, stream="notifications", failed_since=since, error={"sentence": sentence, "said": "no scope"}
    )
    text = pages.text(owner.get(page(store)))
    assert "State On, with a problem Fails since" in text
    assert "Walmart does not permit this with the given keys." in text
    assert "no scope" in text


def test_the_shops_secret_is_shown_once(owner, store):
    answer = owner.post(page(store, "/shop"), {"wanted": "renewed"})

    hook = Hook.objects.get(platform="commerce")
    secret = addresses.receiver(hook).password
    assert "Copy the secret now: it is not shown again." in pages.text(answer)
    assert f"curl --user commerce:{secret} --request POST {addresses.of(hook)}" in pages.text(answer)
    assert answer["Cache-Control"] == "no-store"

    later = owner.get(page(store))
    assert addresses.of(hook) in pages.text(later)
    assert secret not in later.content.decode()

    owner.post(page(store, "/shop"), {"wanted": "off"})
    assert not Hook.objects.exists()


def test_the_password_of_walmart_is_renewed(owner, store):
    owner.post(page(store, "/walmart"), {"wanted": "on"})
    old = Hook.objects.get()
    owner.post(page(store, "/walmart"), {"wanted": "renewed"})
    assert addresses.in_use(store.pk, Platform.MARKETPLACE) != old
    old.refresh_from_db()
    assert old.retired_at is not None


def test_without_a_public_address_it_says_what_to_do(owner, store, settings):
    settings.PUBLIC_URL = ""
    assert "does not know its own public address. Set CHANNEL_MANAGER_PUBLIC_URL" in pages.text(owner.get(page(store)))
    for part, wanted in (("/walmart", "on"), ("/walmart", "renewed"), ("/shop", "renewed")):
        answer = owner.post(page(store, part), {"wanted": wanted}, follow=True)
        assert "message error" in answer.content.decode()
    assert not Hook.objects.exists()


@pytest.mark.parametrize("wanted", ["", "on'", "ON", "true"])
def test_a_wish_that_is_none_changes_nothing(owner, store, wanted):
    for part in ("/walmart", "/shop"):
        assert owner.post(page(store, part), {"wanted": wanted})["Location"] == page(store)
    assert not Hook.objects.exists()
    assert not Wanted.objects.exists()


def test_every_form_carries_its_token(owner, store):
    Wanted.objects.create(store=store, is_on=True)
    body = owner.get(page(store)).content.decode()
    assert body.count("csrfmiddlewaretoken") == body.count("<form") == 8


def test_a_confirmed_store_is_subscribed_at_once(owner, store):
    store.confirmed_at = store.orders_from = None
    store.save()
    Wanted.objects.create(store=store, is_on=True)
    owner.post(f"/stores/{store.pk}/first-connection", {"orders_from": "2026-11-23T08:30", "open_orders": "ignore"})
    assert StreamCursor.objects.get(stream="notifications").due_at <= timezone.now()


@pytest.mark.parametrize("person", ["alice", "bob"])
def test_only_an_owner_sees_and_changes_it(signed_in, request, store, person):
    browser = signed_in(request.getfixturevalue(person))
    answers = [browser.get(page(store))]
    answers += [browser.post(page(store, part), {"wanted": "on"}) for part in ("/walmart", "/shop")]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert not Hook.objects.exists()


def test_for_others_it_does_not_exist(signed_in, mallory, store):
    browser = signed_in(mallory)
    assert browser.get(page(store)).status_code == 404
    assert browser.post(page(store, "/walmart"), {"wanted": "on"}).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_a_fixed_number_of_questions(owner, store, count, django_assert_num_queries):
    Wanted.objects.create(store=store, is_on=True, found=FOUND * count)
    for platform in Platform:
        addresses.make(store, platform)
        for number in range(count):
            told(store, number, platform=platform)
    with django_assert_num_queries(11):
        assert owner.get(page(store)).status_code == 200


def test_what_others_wrote_is_never_executed(owner, store):
    hostile = "<script>alert(1)</script>"
    Wanted.objects.create(store=store, is_on=True, found=[{"event": hostile, "topic": None}])
    told(store, 1, event=hostile, order_number=hostile)
    assert "<script>alert" not in owner.get(page(store)).content.decode()
