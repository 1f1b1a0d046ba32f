"""What people are told: once, gathered, by whom they asked, and what becomes of a message."""

import asyncio
import smtplib
import threading
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core import mail
from django.utils import timezone

from channel_manager.alerts import actions, addresses, conditions, gathering, queries, sending, watching, wire
from channel_manager.alerts.models import Alert, Channel, Message, MessageAttempt, Notice
from channel_manager.alerts.retention import forget_alerts
from channel_manager.alerts.rules.ladder import DEADLINES, Kind
from channel_manager.orders import state as order_state
from channel_manager.shared.sentences import say
from channel_manager.sync import levels, sql
from channel_manager.sync.models import Level, PlatformPause, ReadOnly, StreamCursor
from tests import factories

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
EVERYTHING = [kind.value for kind in Kind if kind not in DEADLINES]
UNMAPPED = say("Walmart does not know the carrier “custom”. Map it.")


@pytest.fixture
def store(db, monkeypatch):
    """In the test's own transaction, which takes a tenth of the time: it must not be closed on the way to the wire."""
    monkeypatch.setattr(sql, "close_old_connections", lambda: None)
    return factories.store("Brand A")


@pytest.fixture(autouse=True)
def mail_server(settings):
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.example", "cm@example.com"
    settings.PUBLIC_URL = "https://cm.example"


def channel(store, name="Operations", *, to="ops@example.com", kinds=EVERYTHING, rungs=(1440, 240, 60), **facts):
    made = Channel(store=store, name=name, kinds=list(kinds), rungs=list(rungs), **({"quiet_minutes": 0} | facts))
    return actions.save(made, address=addresses.read(to), by=None, at=timezone.now())


def pass_time(now=None):
    """One round of the worker's tasks, as if it were then."""
    now = now or timezone.now()
    sql.transaction.atomic(watching.watch)(now)
    sql.transaction.atomic(gathering.gather)(now)
    return async_to_sync(sending.send_due)()


def failed(store, sentence=UNMAPPED, **facts):
    order = factories.order(store, **facts)
    factories.operation(order, sentence=sentence)
    return order


def bodies():
    return [message.body for message in mail.outbox]


# ---- raised once, gathered ---------------------------------------------------------------------------------------


def test_an_error_is_told_once_however_often_it_is_seen(store):
    channel(store)
    order = failed(store)

    for _ in range(3):
        pass_time()

    (message,) = mail.outbox
    assert (message.to, message.subject) == (["ops@example.com"], "Brand A: 1 alert")
    assert message.body.startswith(
        "1 order or return with an error: Walmart does not know the carrier “custom”. Map it."
    )
    assert f"{order.number}\nhttps://cm.example/stores/{store.pk}/orders/{order.pk}" in message.body
    assert Alert.objects.get().solved_at is None


def test_equal_errors_are_one_line_with_a_few_numbers(store):
    channel(store)
    orders = [failed(store) for _ in range(14)]
    other = failed(store, say("Walmart refused the tracking number."))

    pass_time()

    (body,) = bodies()
    assert "14 orders or returns with errors: Walmart does not know the carrier “custom”. Map it." in body
    assert f"{orders[0].number}, {orders[1].number}" in body
    assert "and 9 more" in body
    assert f"https://cm.example/stores/{store.pk}/orders?card=errors" in body
    assert f"1 order or return with an error: Walmart refused the tracking number.\n{other.number}" in body
    assert mail.outbox[0].subject == "Brand A: 15 alerts"


def test_what_comes_within_the_quiet_time_is_one_message(store):
    channel(store, quiet_minutes=10)
    began = timezone.now()
    failed(store)
    pass_time(began)
    failed(store)
    pass_time(began + 9 * MINUTE)
    assert mail.outbox == []

    pass_time(began + 10 * MINUTE)
    assert [message.subject for message in mail.outbox] == ["Brand A: 2 alerts"]


def test_what_is_solved_within_the_quiet_time_is_never_told(store):
    channel(store, quiet_minutes=10, tells_solved=True)
    order = failed(store)
    pass_time()
    solve(order)
    pass_time(timezone.now() + HOUR)
    assert mail.outbox == []
    assert Notice.objects.count() == 0


def solve(order):
    sql.execute("UPDATE sync_operation SET state = 'done', error = NULL WHERE subject = %s", [order.subject])
    order.refresh_from_db()
    order_state.refresh(order)


@pytest.mark.parametrize("tells_solved", [True, False])
def test_that_something_is_solved_again_is_told_where_it_is_wanted(store, tells_solved):
    channel(store, tells_solved=tells_solved)
    order = failed(store)
    pass_time()
    solve(order)
    pass_time()
    subjects = [message.subject for message in mail.outbox]
    assert subjects == ["Brand A: 1 alert", *(["Brand A: solved again"] if tells_solved else [])]
    if tells_solved:
        assert f"Solved again:\n- 1 order or return with an error ({order.number})" in mail.outbox[1].body


def test_what_comes_again_is_told_again(store):
    channel(store)
    order = failed(store)
    pass_time()
    solve(order)
    pass_time()
    factories.operation(order)
    pass_time()
    assert len(mail.outbox) == 2


# ---- who is told of what -----------------------------------------------------------------------------------------


def test_each_channel_hears_only_what_it_asks_for(store):
    channel(store)
    channel(store, "Buyers", to="buyers@example.com", kinds=[Kind.BUYER_ASKED])
    channel(store, "Off", to="off@example.com", is_active=False)
    failed(store)
    pass_time()
    assert [message.to for message in mail.outbox] == [["ops@example.com"]]


def test_stores_do_not_hear_of_each_other(store):
    other = factories.store("Brand B")
    channel(other, to="b@example.com")
    failed(store)
    pass_time()
    assert mail.outbox == []


def test_a_buyers_request_and_goods_that_have_left_are_told_of(store):
    channel(store)
    waiting = factories.order(store, buyer_asked_at=timezone.now())
    waiting.lines.update(buyer_asked_to_cancel=True)
    order_state.refresh(waiting)
    left = factories.order(store, buyer_asked_at=timezone.now())
    left.lines.update(buyer_asked_to_cancel=True)
    factories.shipment(left, reported_at=timezone.now())

    pass_time()

    (body,) = bodies()
    assert body.index("1 order was already shipped: The buyer asked to cancel, but goods") < body.index(
        "The buyer of 1 order asked to cancel: The buyer asked to cancel. What has not left yet is held."
    )
    assert "needs action" not in body


def test_what_needs_a_person_is_told_of_with_its_sentence(store):
    channel(store)
    order = factories.order(store)
    factories.cancellation(order, reason="")
    pass_time()
    assert "1 order or return needs action: Canceled in Commerce without a reason" in bodies()[0]


# ---- deadlines ---------------------------------------------------------------------------------------------------


def test_the_ladder_of_a_day_to_ship_by(store):
    channel(store, kinds=[Kind.SHIP_DUE])
    began = timezone.now()
    factories.order(store, ship_by=began + 48 * HOUR, ordered_at=began - HOUR)
    for hours in range(1, 50):
        pass_time(began + hours * HOUR + MINUTE)
    assert [body.partition(":")[0] for body in bodies()] == [
        "1 order to ship, less than 24 h left",
        "1 order to ship, less than 4 h left",
        "1 order to ship, less than 1 h left",
        "1 order to ship, the deadline has passed",
    ]


def test_a_rung_longer_than_the_whole_time_is_none(store):
    """Otherwise every order would raise an alert as it comes in."""
    channel(store, kinds=[Kind.ACKNOWLEDGE_DUE])
    now = timezone.now()
    factories.order(store, ordered_at=now, acknowledge_by=now + 4 * HOUR)
    pass_time(now + 2 * HOUR)
    assert mail.outbox == []
    pass_time(now + 3 * HOUR + MINUTE)
    assert bodies()[0].startswith("1 order to acknowledge, less than 1 h left")


def test_only_the_lowest_rung_is_told_after_a_pause(store):
    channel(store, kinds=[Kind.SHIP_DUE])
    now = timezone.now()
    factories.order(store, ship_by=now + HOUR / 2, ordered_at=now - 48 * HOUR)
    pass_time(now)
    assert [body.partition(":")[0] for body in bodies()] == ["1 order to ship, less than 1 h left"]


def test_a_channel_may_ask_for_the_last_rung_alone(store):
    channel(store, kinds=[Kind.SHIP_DUE])
    channel(store, "On call", to="call@example.com", kinds=[Kind.SHIP_DUE], rungs=[60])
    now = timezone.now()
    factories.order(store, ship_by=now + 20 * HOUR, ordered_at=now - 48 * HOUR)
    pass_time(now)
    assert [message.to for message in mail.outbox] == [["ops@example.com"]]
    pass_time(now + 19 * HOUR + MINUTE)
    assert sorted(message.to[0] for message in mail.outbox[1:]) == ["call@example.com", "ops@example.com"]


def test_an_order_that_leaves_in_time_raises_nothing_more(store):
    channel(store, kinds=[Kind.SHIP_DUE])
    now = timezone.now()
    order = factories.order(store, ship_by=now + 3 * HOUR, ordered_at=now - 48 * HOUR)
    pass_time(now)
    factories.shipment(order, reported_at=now)
    pass_time(now + 5 * HOUR)
    assert len(mail.outbox) == 1
    assert Alert.objects.get().solved_at is not None


def test_automatic_cancellation_and_refund_follow_the_table_of_deadlines(store):
    channel(store, kinds=[Kind.AUTO_CANCEL_DUE, Kind.REFUND_DUE])
    now = timezone.now()
    factories.order(store, ship_by=now - 4 * 24 * HOUR + 3 * HOUR, ordered_at=now - 144 * HOUR)
    factories.return_(factories.shipped_order(store), delivered=True)
    pass_time(now)
    assert bodies()[0].startswith("1 order before automatic cancellation, less than 4 h left: Walmart cancels")
    pass_time(now + 46 * HOUR)
    assert "1 return to refund, less than 4 h left" in bodies()[1]


def test_what_walmart_fulfils_or_is_left_alone_has_no_deadlines(store):
    channel(store, kinds=DEADLINES)
    now = timezone.now()
    factories.order(store, ship_by=now - HOUR, fulfilment="marketplace")
    factories.order(store, ship_by=now - HOUR, treatment="ignore")
    pass_time(now)
    assert mail.outbox == []


# ---- the store itself --------------------------------------------------------------------------------------------


def test_a_platform_that_refuses_the_keys_is_told_of_at_once_and_once(store):
    channel(store)
    refused = say("Commerce refused the keys. Enter new ones.")
    PlatformPause.objects.create(
        store=store, platform="commerce", sentence=refused.as_json(), next_check_at=timezone.now()
    )
    for stream in ("commerce_orders", "commerce_shipments"):
        failing(store, stream, refused, side="Commerce", kind="Misconfigured")
    pass_time()
    pass_time()
    (body,) = bodies()
    assert body.startswith("Commerce does not answer as it should: Commerce refused the keys. Enter new ones.")
    assert body.count("refused") == 1


def failing(store, stream, sentence, *, side="Walmart", kind="Unavailable", since=None):
    error = {"class": kind, "sentence": sentence.as_json(), "side": side}
    return StreamCursor.objects.create(store=store, stream=stream, error=error, failed_since=since or timezone.now())


def test_an_outage_is_told_of_when_it_lasts(store):
    channel(store)
    failing(store, "released", say("Walmart does not answer."))
    pass_time()
    assert mail.outbox == []
    pass_time(timezone.now() + 11 * MINUTE)
    assert "Walmart does not answer as it should: Walmart does not answer." in bodies()[0]


def test_a_store_that_usually_hears_something_is_remarkable_when_it_does_not(store):
    channel(store)
    now = timezone.now()
    for number in range(30):
        factories.order(store, ordered_at=now - 26 * HOUR - number * 9 * HOUR, ship_by=now + 999 * HOUR)
    pass_time(now)
    assert mail.outbox == []
    pass_time(now + 2 * HOUR)
    assert "No order has come for 28 hours; at most 9 hours are usual for this store." in bodies()[0]
    assert [alert.kind for alert in queries.remarks([store.pk])[store.pk].alerts] == ["silence"]


def test_home_says_what_nobody_asked_to_be_told_of(store):
    now = timezone.now()
    for number in range(30):
        factories.order(store, ordered_at=now - 40 * HOUR - number * HOUR)
    failed(store, ordered_at=now - 41 * HOUR)
    pass_time(now)
    assert [alert.kind for alert in Alert.objects.all()] == ["silence"]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("count", [1, 3])
def test_looking_asks_at_most_two_questions_whatever_there_is(store, kind, count, django_assert_max_num_queries):
    now = timezone.now()
    for _ in range(count):
        failed(store, ship_by=now - 4 * 24 * HOUR, acknowledge_by=now)
        factories.return_(factories.shipped_order(store), delivered=True)
    asked = conditions.Asked(stores=[store.pk], rungs={store.pk: {14400}}, now=now)
    with django_assert_max_num_queries(2):
        list(conditions.LOOKS[kind](asked))


# ---- messages ----------------------------------------------------------------------------------------------------


class Broken:
    """A mail server that refuses as often as it is told to."""

    def __init__(self, times):
        self.times = times
        self.sent = []

    def __call__(self, address, title, body):
        if self.times:
            self.times -= 1
            raise wire.NotSent(say("The mail server did not take it: %(problem)s", problem="550 no such user"))
        self.sent.append((address.text, title))


def hurry():
    sql.execute("UPDATE alerts_message SET due_at = clock_timestamp() WHERE state = 'waiting'")


def test_a_message_that_was_refused_is_tried_again_and_every_attempt_is_kept(store):
    to = channel(store)
    failed(store)
    server = Broken(times=2)
    sql.transaction.atomic(watching.watch)(timezone.now())
    sql.transaction.atomic(gathering.gather)(timezone.now())

    assert async_to_sync(sending.send_due)(server) == 1
    assert Message.objects.get().due_at > timezone.now()
    assert [one.pk for one in queries.remarks([store.pk])[store.pk].failing] == [to.pk]
    for _ in range(2):
        hurry()
        async_to_sync(sending.send_due)(server)

    message = Message.objects.get()
    assert (message.state, message.lease_until) == ("sent", None)
    problems = [attempt.problem and attempt.problem["values"]["problem"] for attempt in message.attempts.all()]
    assert problems == ["550 no such user", "550 no such user", None]
    assert server.sent == [("ops@example.com", "Brand A: 1 alert")]
    assert queries.remarks([store.pk])[store.pk].failing == []


def test_while_one_waits_what_comes_is_gathered_into_the_next(store):
    channel(store)
    server = Broken(times=1)
    failed(store)
    sql.transaction.atomic(watching.watch)(timezone.now())
    sql.transaction.atomic(gathering.gather)(timezone.now())
    async_to_sync(sending.send_due)(server)
    for _ in range(5):
        failed(store)
        sql.transaction.atomic(watching.watch)(timezone.now())
        sql.transaction.atomic(gathering.gather)(timezone.now())
    hurry()
    async_to_sync(sending.send_due)(server)
    sql.transaction.atomic(gathering.gather)(timezone.now())
    async_to_sync(sending.send_due)(server)
    assert [title for _to, title in server.sent] == ["Brand A: 1 alert", "Brand A: 5 alerts"]


def test_a_message_is_given_up_after_many_hours_and_says_so(store):
    channel(store)
    failed(store)
    sql.transaction.atomic(watching.watch)(timezone.now())
    sql.transaction.atomic(gathering.gather)(timezone.now())
    server = Broken(times=99)
    for _ in range(20):
        hurry()
        async_to_sync(sending.send_due)(server)
    message = Message.objects.get()
    assert (message.state, message.attempt) == ("failed", 13)


def test_a_killed_sender_gives_the_message_back(store):
    channel(store)
    failed(store)
    sql.transaction.atomic(watching.watch)(timezone.now())
    sql.transaction.atomic(gathering.gather)(timezone.now())
    (lost,) = sql.transaction.atomic(sending.claim)()
    assert sql.transaction.atomic(sending.claim)() == []
    sql.execute("UPDATE alerts_message SET lease_until = now() - interval '1 s'")

    async_to_sync(sending.send_due)()
    sql.transaction.atomic(sending.finish)([lost], [say("Too late.")], timezone.now())

    assert Message.objects.get().state == "sent"
    assert len(mail.outbox) == 1
    assert MessageAttempt.objects.count() == 2


@pytest.mark.django_db(transaction=True)
async def test_a_slow_service_keeps_nobody_else_waiting(store):
    """Sending has threads of its own: the loop that delivers orders goes on."""
    begun, release = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(address, title, body):
        loop.call_soon_threadsafe(begun.set)
        assert release.wait(10)

    await sql.in_transaction(failed)(store)
    await sql.in_transaction(channel)(store)
    await sql.in_transaction(watching.watch)(timezone.now())
    await sql.in_transaction(gathering.gather)(timezone.now())
    task = asyncio.create_task(sending.send_due(slow))
    await asyncio.wait_for(begun.wait(), 10)
    assert await sql.in_transaction(Alert.objects.count)() == 1
    assert not task.done()
    release.set()
    assert await task == 1


def test_a_test_tells_that_it_arrived_or_why_not(store, monkeypatch):
    to = channel(store)
    actions.send_test(to)
    async_to_sync(sending.send_due)()
    assert [message.subject for message in mail.outbox] == ["Brand A: test alert"]

    actions.send_test(to)
    async_to_sync(sending.send_due)(Broken(times=9))
    failed_one = Message.objects.order_by("-pk").first()
    assert (failed_one.state, failed_one.attempt) == ("failed", 1)
    (row,) = queries.channels(store.pk)
    assert row.last_problem["values"] == {"problem": "550 no such user"}


def test_without_a_mail_server_it_says_what_to_set(store, settings):
    settings.EMAIL_HOST = ""
    actions.send_test(channel(store))
    async_to_sync(sending.send_due)()
    assert "set CHANNEL_MANAGER_SMTP_URL" in MessageAttempt.objects.get().problem["template"]


def test_the_mail_servers_words_come_without_the_address(store, monkeypatch):
    class Refusing:
        def __enter__(self):
            raise smtplib.SMTPRecipientsRefused({"ops@example.com": (550, b"no such user here")})

        def __exit__(self, *exc):
            pass

    monkeypatch.setattr(wire, "get_connection", lambda **_options: Refusing())
    actions.send_test(channel(store))
    async_to_sync(sending.send_due)()
    said = MessageAttempt.objects.get().problem["values"]["problem"]
    assert "no such user here" in said
    assert "ops" not in said


def test_an_address_that_cannot_be_opened_is_said(store, settings):
    actions.send_test(channel(store))
    settings.CREDENTIAL_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    async_to_sync(sending.send_due)()
    assert "sealed with another key" in MessageAttempt.objects.get().problem["template"]


# ---- a copy of the database --------------------------------------------------------------------------------------


def test_a_copy_tells_that_it_is_one_and_nothing_else(store):
    channel(store, kinds=[Kind.ORDER_ERROR])
    failed(store)
    sql.transaction.atomic(watching.watch)(timezone.now())
    sql.transaction.atomic(gathering.gather)(timezone.now())
    home = {"system": "1", "database": "2", "host": "", "folder": ""}
    ReadOnly.objects.create(store=store, found={"before": home, "here": home | {"system": "3"}})

    failed(store, say("Another."))
    pass_time()
    pass_time()

    assert mail.outbox == []
    assert Message.objects.filter(state="waiting").count() == 1


# ---- what is kept ------------------------------------------------------------------------------------------------


def test_old_messages_and_solved_alerts_are_forgotten(store):
    channel(store)
    order = failed(store)
    pass_time()
    solve(order)
    pass_time()
    keep = failed(store, say("Stays."))
    pass_time()
    later = timezone.now() + timedelta(days=31)
    assert forget_alerts(later) == 3
    assert forget_alerts(later) == 0
    assert [alert.name for alert in Alert.objects.all()] == [keep.number]


def test_what_nobody_wants_to_hear_any_more_is_closed_quietly(store):
    to = channel(store)
    failed(store)
    pass_time()
    to.kinds = [Kind.SHIP_DUE]
    actions.save(to, address=None, by=None, at=timezone.now())
    assert Alert.objects.get().solved_at is not None
    to.kinds = EVERYTHING
    actions.save(to, address=None, by=None, at=timezone.now())
    pass_time()
    assert len(mail.outbox) == 2


def test_addresses_are_sealed_and_shown_only_in_part(store):
    to = channel(store, to="tgram://123456789:abcdefg_hijklmnop-qrstuvwxyz12345678/98765/")
    to.refresh_from_db()
    assert (to.way, to.label) == ("service", "Telegram")
    assert b"abcdefg" not in bytes(to.address)
    assert "abcdefg" not in repr(addresses.opened(to))
    assert addresses.read("jane.doe@shop.example").label == "j•••@shop.example"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "nobody",
        "syslog://",
        "file:///etc/passwd",
        "http://example.com",
        "windows://",
        "SYSLOG://x",
        "a@",
        "x" * 3000,
    ],
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(addresses.NotAnAddress):
        addresses.read(typed)


def test_listings_that_walmart_does_not_have_are_told_of_once_for_the_store(store):
    channel(store, tells_solved=True)
    levels.create(store.pk, levels.STOCK, ["A", "B", "C"], active=True)
    levels.create(store.pk, levels.PRICE, ["A", "C"], active=True)
    Level.objects.filter(key="A").update(error={"class": "Rejected", "sentence": UNMAPPED.as_json()})
    Level.objects.filter(key="C", kind=levels.PRICE).update(held=UNMAPPED.as_json())
    Level.objects.filter(key="B").update(error={"class": "Rejected", "sentence": UNMAPPED.as_json()}, active=False)
    pass_time()
    assert [alert.kind for alert in Alert.objects.all()] == ["listings"]
    assert "Stock or price of 1 listings could not be told to Walmart; 1 wait" in bodies()[0]
    Level.objects.update(error=None, held=None)
    pass_time()
    assert "Solved again" in bodies()[-1]
