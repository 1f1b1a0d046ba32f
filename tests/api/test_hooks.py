"""What a platform that calls us sees, and what is stored and triggered by it."""

import base64
import io
import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from channel_manager.notifications import addresses, intake
from channel_manager.notifications.models import Hook, Notification
from channel_manager.ports.messages import Platform
from channel_manager.sync.models import StreamCursor
from tests import factories

STREAMS = [
    "released", "changes_seller", "changes_partner", "changes_wfs", "buyer_requests", "returns",
    "commerce_orders", "commerce_shipments", "commerce_watch",
]  # fmt: skip
LARGEST = 256 * 1024


@pytest.fixture(autouse=True)
def public(settings):
    settings.PUBLIC_URL = "https://cm.example"
    settings.ALLOWED_HOSTS = ["cm.example", "testserver"]


@pytest.fixture
def store(db):
    made = factories.store()
    later = timezone.now() + timedelta(hours=1)
    for stream in STREAMS:
        StreamCursor.objects.create(store=made, stream=stream, due_at=later)
    return made


class Caller:
    """A platform that knows its address and its secret."""

    def __init__(self, hook):
        self.hook = hook
        self.known = addresses.receiver(hook)
        self.path = self.known.url.removeprefix("https://cm.example")
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def basic(self, password=None):
        pair = f"{self.known.user}:{self.known.password if password is None else password}"
        return "Basic " + base64.b64encode(pair.encode()).decode()

    def post(self, body, *, path=None, authorization=None, method="post", **more):
        headers = {"Authorization": self.basic() if authorization is None else authorization}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        where = path or self.path
        return self.client.generic(method.upper(), where, data, "application/json", headers=headers, **more)


@pytest.fixture
def walmart(store):
    return Caller(addresses.make(store, Platform.MARKETPLACE))


@pytest.fixture
def shop(store):
    return Caller(addresses.make(store, Platform.COMMERCE))


def event(kind="PO_CREATED", number="1", **payload):
    source = {"eventType": kind, "eventTime": "2026-11-23T13:47:18.442Z", "eventId": f"event-{number}"}
    return {"source": source, "payload": {"purchaseOrderId": "2802123876439", "shippingProgramType ": None} | payload}


def triggered():
    """The streams that were brought forward."""
    soon = timezone.now() + timedelta(seconds=1)
    return set(StreamCursor.objects.filter(due_at__lte=soon).values_list("stream", flat=True))


def untouched():
    return (Notification.objects.count(), triggered()) == (0, set())


# ---- Walmart ----


def test_a_delivery_is_stored_and_triggers_what_it_is_about(walmart):
    answer = walmart.post(event())

    assert (answer.status_code, answer.json()) == (200, {"received": True, "new": True})
    kept = Notification.objects.get()
    assert (kept.event_id, kept.event, kept.topic) == ("event-1", "PO_CREATED", "order_released")
    assert (kept.store, kept.platform, kept.order_number) == (walmart.hook.store, "marketplace", "2802123876439")
    assert triggered() == {"released", "changes_partner", "changes_wfs"}
    assert answer.cookies == {}
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("kind", "streams"),
    [
        ("PO_LINE_AUTOCANCELLED", {"changes_seller", "changes_partner", "changes_wfs"}),
        ("INTENT_TO_CANCEL", {"buyer_requests", "changes_seller", "changes_partner", "changes_wfs"}),
        ("RETURN_CREATED", {"returns"}),
        ("OFFER_PUBLISHED", set()),
        ("", set()),
    ],
)
def test_each_event_triggers_its_own_streams(walmart, kind, streams):
    assert walmart.post(event(kind)).status_code == 200
    assert triggered() == streams
    assert Notification.objects.count() == 1


def test_a_stream_that_does_not_exist_is_passed_over(walmart):
    StreamCursor.objects.filter(stream="returns").delete()
    assert walmart.post(event("RETURN_CREATED")).status_code == 200
    assert not StreamCursor.objects.filter(stream="returns").exists()


def test_a_duplicate_is_thanked_for_and_triggers_nothing(walmart):
    walmart.post(event())
    StreamCursor.objects.update(due_at=timezone.now() + timedelta(hours=1))

    again = walmart.post(event())

    assert (again.status_code, again.json()) == (200, {"received": True, "new": False})
    assert (Notification.objects.count(), triggered()) == (1, set())


def test_the_same_event_of_another_store_is_another_one(walmart):
    other = Caller(addresses.make(factories.store(), Platform.MARKETPLACE))
    assert [caller.post(event()).json()["new"] for caller in (walmart, other)] == [True, True]


@pytest.mark.parametrize("body", [{}, [], 17, "text", None, {"source": [], "payload": "x"}, {"source": {"eventId": 7}}])
def test_odd_payloads_are_stored_and_trigger_nothing(walmart, body):
    assert walmart.post(body).status_code == 200
    assert walmart.post(body).json() == {"received": True, "new": False}
    assert (Notification.objects.count(), triggered()) == (1, set())


@pytest.mark.parametrize("body", [b"", b"{", b"<xml/>", b"[" * 200_000, b"\xff\xfe\x00"])
def test_what_is_no_json_is_refused(walmart, body):
    assert walmart.post(body).status_code == 400
    assert untouched()


def test_a_large_body_is_refused_unread(walmart):
    assert walmart.post(b" " * (LARGEST + 1)).status_code == 413
    assert walmart.post(b'"' + b" " * (LARGEST - 2) + b'"').status_code == 200


def test_a_body_in_chunks_has_no_length_and_is_read_all_the_same(walmart):
    def post(body):
        environ = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(body)}
        return walmart.post(b"", **environ)

    assert post(json.dumps(event()).encode()).json() == {"received": True, "new": True}
    assert post(b" " * (LARGEST + 1)).status_code == 413


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "Basic " + base64.b64encode(b"marketplace:wrong").decode(),
        "Bearer wrong",
        "Digest x",
        "Basic " + "A" * 100_000,
    ],
)
def test_without_the_right_secret_nothing_is_believed(walmart, authorization):
    answer = walmart.post(event(), authorization=authorization)

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Basic realm="notifications"')
    assert untouched()
    assert walmart.known.password not in answer.content.decode()


def test_a_secret_opens_its_own_address_only(walmart, store):
    other = Caller(addresses.make(factories.store(), Platform.MARKETPLACE))
    assert walmart.post(event(), path=other.path).status_code == 401
    assert walmart.post(event(), path=walmart.path.replace("marketplace", "commerce")).status_code == 404
    assert untouched()


@pytest.mark.parametrize("key", ["unknown", "%00", "..", "a" * 5000, "％", "'%20OR%20true"])
def test_an_unknown_address_does_not_exist(walmart, key):
    answer = walmart.post(event(), path=f"/hooks/{key}/marketplace")
    assert answer.status_code == 404
    assert untouched()


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "options"])
def test_only_post_is_taken(walmart, method):
    answer = walmart.post(event(), method=method)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert untouched()


def test_a_retired_address_is_still_answered(walmart, store):
    addresses.retire(store, Platform.MARKETPLACE, timezone.now())
    assert walmart.post(event()).status_code == 200


@pytest.mark.parametrize("problem", [OperationalError, ZeroDivisionError])
def test_what_breaks_on_our_side_is_to_be_sent_again(walmart, monkeypatch, problem):
    def broken(*_):
        raise problem("the database is gone: password=hunter2")

    monkeypatch.setattr(intake, "receive", broken)
    answer = walmart.post(event())
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "hunter2" not in answer.content.decode()

    Hook.objects.update(secret=b"sealed with another key")
    assert walmart.post(event()).status_code == 503


def test_a_name_that_is_not_ours_is_refused(walmart):
    assert walmart.post(event(), HTTP_HOST="evil.example").status_code == 400


def test_a_hundred_notifications_bring_about_one_pull(walmart, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as wakes:
        for number in range(100):
            assert walmart.post(event(number=number)).status_code == 200
    assert Notification.objects.count() == 100
    assert sorted(wake.about.partition(":")[2] for wake in wakes) == ["changes_partner", "changes_wfs", "released"]


def test_the_questions_asked_of_the_database_are_few(walmart, django_assert_num_queries):
    with django_assert_num_queries(5):  # the address, a savepoint and its end, the row, the streams
        assert walmart.post(event()).status_code == 200


# ---- the shop ----

CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "23f7",
    "event_id": "b0f2",
    "type": "com.adobe.commerce.observer.sales_order_shipment_track_save_after",
    "data": {"value": {"entity_id": "7"}},
}


@pytest.mark.parametrize("how", ["basic", "bearer", "parameter"])
def test_the_shop_asks_for_a_pull_in_each_way(shop, how):
    more = {"basic": {}, "bearer": {"authorization": f"Bearer {shop.known.password}"}}.get(how)
    more = more if more is not None else {"authorization": "", "path": f"{shop.path}?key={shop.known.password}"}

    answer = shop.post(CLOUD_EVENT, **more)

    assert (answer.status_code, answer.json()) == (200, {"op": "success"})
    kept = Notification.objects.get()
    assert (kept.event_id, kept.event, kept.platform) == ("b0f2", CLOUD_EVENT["type"], "commerce")
    assert triggered() == {"commerce_orders", "commerce_shipments"}
    watch = StreamCursor.objects.get(stream="commerce_watch").due_at
    assert timedelta(seconds=10) < watch - timezone.now() < timedelta(seconds=17)


def test_an_event_of_the_shop_counts_once_and_a_plain_call_each_time(shop):
    for body in (CLOUD_EVENT, CLOUD_EVENT, b"", b"", {"id": "7"}, {"id": "7"}, []):
        assert shop.post(body).status_code == 200
    assert Notification.objects.count() == 6


def test_a_challenge_is_repeated_to_who_knows_the_secret(shop):
    known = f"{shop.path}?key={shop.known.password}"
    answer = shop.client.get(f"{known}&challenge=abc-123")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"abc-123", "text/plain")
    assert shop.post({"challenge": "abc-123"}).content == b"abc-123"

    assert shop.client.get(f"{shop.path}?key=wrong&challenge=abc-123").status_code == 401
    assert shop.client.get(f"{known}&challenge=%3Cscript%3E").status_code == 400
    assert shop.client.get(known).status_code == 405
    assert Notification.objects.count() == 0


def test_the_shop_is_refused_like_anybody_else(shop):
    assert shop.post({}, authorization="Bearer wrong").status_code == 401
    assert shop.post({}, authorization="", path=f"{shop.path}?key=").status_code == 401
    assert shop.post({}, path="/hooks/unknown/commerce").status_code == 404
    assert shop.post(b"no json").status_code == 400
    assert shop.post(b" " * (LARGEST + 1)).status_code == 413
    assert shop.post({}, method="put").status_code == 405
    assert untouched()


def test_walmarts_password_does_not_count_as_a_parameter(walmart):
    path = f"{walmart.path}?key={walmart.known.password}"
    assert walmart.post(event(), path=path, authorization="").status_code == 401


def test_the_log_names_no_address_and_no_secret(walmart, shop, caplog):
    walmart.post(event(), authorization="Bearer wrong")
    walmart.post(b"no json")
    shop.post(b"no json", path=f"{shop.path}?key={shop.known.password}", authorization="")
    for secret in (walmart.hook.key, walmart.known.password, shop.hook.key, shop.known.password):
        assert secret not in caplog.text
