"""The settings page of alerts, Home's answer to “am I safe with Walmart”, and the way out of read-only."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pages
import pytest
from asgiref.sync import async_to_sync
from django.core import mail
from django.utils import timezone

from channel_manager.alerts import account, actions, addresses, sending, wire
from channel_manager.alerts.models import Alert, Channel, Message, MessageAttempt
from channel_manager.ports.messages import Reason
from channel_manager.shared.sentences import say
from channel_manager.sync import sql
from channel_manager.sync.models import ReadOnly
from tests import factories

DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
HOME = {"system": "1", "database": "2", "host": "", "folder": ""}


@pytest.fixture
def owner(signed_in, carol):
    return signed_in(carol)


@pytest.fixture(autouse=True)
def one_transaction(monkeypatch, settings):
    monkeypatch.setattr(sql, "close_old_connections", lambda: None)
    settings.EMAIL_HOST = "mail.example"


def page(store, part=""):
    return f"/stores/{store.pk}/settings/alerts{part}"


def filled(**changes):
    form = {
        "name": "Operations",
        "address": "ops@example.com",
        "kinds": ["order_error", "ship_due"],
        "rungs": "24, 4; 0.5",
        "quiet_minutes": "5",
        "language": "en",
        "is_active": "on",
    }
    return form | changes


def channel(store, name="Operations", to="ops@example.com", **facts):
    made = Channel(store=store, name=name, kinds=["order_error"], rungs=[60], **facts)
    return actions.save(made, address=addresses.read(to), by=None, at=timezone.now())


def test_an_owner_adds_a_channel(owner, store):
    assert "Nobody is told of anything yet" in pages.text(owner.get(page(store)))

    answer = owner.post(page(store, "/new"), filled(), follow=True)

    assert "Send a test to see whether alerts arrive." in pages.text(answer)
    made = Channel.objects.get()
    assert (made.way, made.label, made.kinds) == ("email", "o•••@example.com", ["order_error", "ship_due"])
    assert (made.rungs, made.quiet_minutes, made.tells_solved) == ([1440, 240, 30], 5, False)
    assert addresses.opened(made).text == "ops@example.com"


def test_an_address_is_never_shown_again_and_kept_when_nothing_is_typed(owner, store):
    owner.post(page(store, "/new"), filled(address=DISCORD))
    made = Channel.objects.get()
    for answer in (owner.get(page(store)), owner.get(page(store, f"/{made.pk}"))):
        assert "JHMHI8qBe7" not in answer.content.decode()
        assert "Discord" in pages.text(answer)
    assert pages.value(owner.get(page(store, f"/{made.pk}")), "rungs") == "24, 4, 0.5"

    owner.post(page(store, f"/{made.pk}"), filled(name="On call", address=""))

    made.refresh_from_db()
    assert (made.name, addresses.opened(made).text) == ("On call", DISCORD)


def test_a_refused_form_does_not_give_the_address_back(owner, store):
    answer = owner.post(page(store, "/new"), filled(address=DISCORD, name=""))
    assert answer.status_code == 422
    assert "JHMHI8qBe7" not in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("address", "", "Say where alerts go."),
        ("address", "nobody", "neither an e-mail address nor the address of a service"),
        ("address", "syslog://", "must be that of a service that apprise knows, on another machine"),
        ("rungs", "soon", "numbers of hours with commas between"),
        ("rungs", "1,2,3,4,5,6,7", "Enter at most 6"),
        ("rungs", "-1", "numbers of hours"),
        ("rungs", "nan", "numbers of hours"),
        ("rungs", "1e999", "numbers of hours"),
        ("quiet_minutes", "1441", "At most 1440 minutes"),
        ("kinds", "nonsense", "nonsense is not one of the available choices"),
        ("language", "xx", "not one of the available choices"),
        ("name", "Taken", "There is a channel of this name already."),
    ],
)
def test_what_cannot_be_is_said_beside_its_input(owner, store, field, typed, said):
    channel(store, "Taken")
    answer = owner.post(page(store, "/new"), filled(**{field: typed}))
    assert answer.status_code == 422
    assert said in pages.errors_beside(answer, field)
    assert Channel.objects.count() == 1


def test_a_test_alert_tells_that_it_arrived(owner, store):
    made = channel(store)
    answer = owner.post(page(store, f"/{made.pk}/test"), follow=True)
    assert "On its way" in pages.text(answer)
    assert f'hx-get="{page(store, "/sent")}"' in answer.content.decode()

    async_to_sync(sending.send_due)()

    assert len(mail.outbox) == 1
    after = owner.get(page(store, "/sent"))
    assert "The test was delivered to “Operations”." in pages.text(after)
    assert "hx-get" not in after.content.decode()


def test_a_test_alert_tells_why_it_did_not_arrive(owner, store):
    made = channel(store)
    owner.post(page(store, f"/{made.pk}/test"))

    def refuse(address, title, body):
        raise wire.NotSent(say("The mail server did not take it: %(problem)s", problem="550 unknown user"))

    async_to_sync(sending.send_due)(refuse)

    text = pages.text(owner.get(page(store)))
    assert "The test was not delivered: The mail server did not take it: 550 unknown user" in text
    assert "Alerts do not reach “Operations”: The mail server did not take it" in pages.text(owner.get("/"))


def test_a_service_is_asked_at_its_own_address_and_nowhere_else(owner, store, services):
    """A real listener stands for the service; it answers with a redirect that nobody follows."""
    made = channel(store, "Hook", services.url)
    owner.post(page(store, f"/{made.pk}/test"))
    services.answers = [(302, services.elsewhere), (200, "")]
    async_to_sync(sending.send_due)()
    assert services.asked == ["/hook"]
    assert "JSON did not take it:" in pages.text(owner.get(page(store)))

    owner.post(page(store, f"/{made.pk}/test"))
    async_to_sync(sending.send_due)()
    assert services.asked == ["/hook", "/hook"]
    assert "Brand A: test alert" in services.bodies[1]
    assert "secret-token" not in "".join(str(attempt.problem) for attempt in MessageAttempt.objects.all())


@pytest.fixture
def services():
    """A messaging service on this machine."""

    class Service(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.asked.append(self.path.partition("?")[0])
            self.server.bodies.append(json.dumps(json.loads(body), ensure_ascii=False))
            status, location = self.server.answers.pop(0)
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - its base calls it so

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Service)
    server.asked, server.bodies, server.answers = [], [], []
    server.url = f"json://127.0.0.1:{server.server_port}/hook?redirect=yes&+X-Token=secret-token"
    server.elsewhere = f"http://127.0.0.1:{server.server_port}/elsewhere"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_what_there_is_to_tell_of_is_counted(owner, store):
    for number in range(3):
        sentence = say("No.").as_json()
        Alert.objects.create(store=store, kind="order_error", subject=f"order:{number}", sentence=sentence)
    assert "An order or a return has an error: 3" in pages.text(owner.get(page(store)))


def test_a_channel_is_removed_with_its_messages(owner, store):
    made = channel(store)
    owner.post(page(store, f"/{made.pk}/test"))
    answer = owner.post(page(store, f"/{made.pk}/deletion"), follow=True)
    assert "The channel is removed." in pages.text(answer)
    assert (Channel.objects.count(), Message.objects.count()) == (0, 0)


@pytest.mark.parametrize("person", ["alice", "bob"])
def test_only_an_owner_sees_and_changes_it(signed_in, request, store, person):
    made = channel(store)
    browser = signed_in(request.getfixturevalue(person))
    asked = [page(store), page(store, "/sent"), page(store, "/new"), page(store, f"/{made.pk}")]
    sent = [page(store, "/new"), page(store, f"/{made.pk}"), page(store, f"/{made.pk}/test")]
    sent += [page(store, f"/{made.pk}/deletion"), f"/stores/{store.pk}/take-over"]
    assert {browser.get(address).status_code for address in asked} == {403}
    assert {browser.post(address, filled()).status_code for address in sent} == {403}
    assert (Channel.objects.count(), Message.objects.count()) == (1, 0)


def test_another_stores_channel_does_not_exist(signed_in, mallory, store):
    made = channel(store)
    browser, theirs = signed_in(mallory), mallory.memberships.get().store
    assert browser.get(page(store)).status_code == 404
    assert browser.get(page(theirs, f"/{made.pk}")).status_code == 404
    assert browser.post(page(theirs, f"/{made.pk}/deletion")).status_code == 404
    assert browser.post(page(theirs, f"/{made.pk}/test")).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_a_fixed_number_of_questions(owner, store, count, django_assert_num_queries):
    for number in range(count):
        actions.send_test(channel(store, f"Channel {number}"))
    async_to_sync(sending.send_due)()
    with django_assert_num_queries(8):
        assert owner.get(page(store)).status_code == 200


def test_every_form_carries_its_token(owner, store):
    channel(store)
    body = owner.get(page(store)).content.decode()
    assert body.count("csrfmiddlewaretoken") == body.count("<form") == 6


def test_what_others_wrote_is_never_executed(owner, store):
    hostile = "<script>alert(1)</script>"
    made = channel(store, hostile)
    Message.objects.create(channel=made, title=hostile, body=hostile)
    assert "<script>alert" not in owner.get(page(store)).content.decode()


# ---- am I safe with Walmart --------------------------------------------------------------------------------------


def orders(store, count, *, cancelled=0):
    made = [factories.order(store, ordered_at=timezone.now() - timedelta(days=1)) for _ in range(count)]
    for order in made[:cancelled]:
        factories.cancellation(order, reason=Reason.STOCK)
    account.measure(store, carriers=("UPS",), now=timezone.now())
    return made


def test_home_says_how_the_account_stands(browser, store):
    assert "Safe with Walmart" not in pages.text(browser.get("/"))
    orders(store, 100, cancelled=1)
    text = pages.text(browser.get("/"))
    assert "Safe with Walmart Cancellation rate 1.0% Walmart wants under 2.0%" in text
    assert "Shipped on time nothing to judge yet" in text

    orders(store, 10, cancelled=3)
    text = pages.text(browser.get("/"))
    assert "In danger with Walmart Cancellation rate 3.6%" in text


def test_the_stores_page_says_what_moves_it(browser, store):
    assert "Not measured yet" in pages.text(browser.get(f"/stores/{store.pk}/account"))
    orders(store, 100, cancelled=1)
    text = pages.text(browser.get(f"/stores/{store.pk}/account"))
    assert "1.0% 1 of 100 – 1.0% 1 of 100 1 canceled: out of stock not one more may go wrong" in text


def test_the_form_of_a_cancellation_says_what_it_does_to_the_rate(browser, store):
    order = factories.order(store)
    address = f"/stores/{store.pk}/orders/{order.pk}/cancellation"
    text = pages.text(browser.get(address))
    assert "The item is out of stock Effect on the cancellation rate counts against the account" in text
    assert "%" not in text.partition("Effect on the cancellation rate")[2]

    orders(store, 99, cancelled=1)
    text = pages.text(browser.get(address))
    assert (
        "The item is out of stock Effect on the cancellation rate counts 1.00% → 2.00% and reaches Walmart's limit"
        in text
    )
    assert (
        "Unavailable carrier or shipping method Effect on the cancellation rate Walmart does not say whether it counts"
        in text
    )


def test_home_says_that_nothing_has_come_for_too_long(browser, store):
    words = say("No order has come for %(hours)s hours.", hours=30).as_json()
    Alert.objects.create(store=store, kind="silence", subject="silence", sentence=words)
    assert "No order has come for 30 hours." in pages.text(browser.get("/"))


@pytest.mark.parametrize("count", [1, 3])
def test_account_health_asks_a_fixed_number_of_questions(browser, store, count, django_assert_num_queries):
    for days in range(count):
        account.measure(store, carriers=(), now=timezone.now() - timedelta(days=days))
    with django_assert_num_queries(5):
        assert browser.get(f"/stores/{store.pk}/account").status_code == 200


# ---- read-only ---------------------------------------------------------------------------------------------------


@pytest.fixture
def copied(store):
    return ReadOnly.objects.create(store=store, found={"before": HOME, "here": HOME | {"system": "3"}})


def test_every_page_of_a_copy_says_so(browser, store, copied):
    order = factories.order(store)
    parts = ["orders", f"orders/{order.pk}", f"orders/{order.pk}/shipment", "returns", "activity", "settings/carriers"]
    for address in ["/", *(f"/stores/{store.pk}/{part}" for part in parts), f"/stores/{store.pk}/account"]:
        assert "Read-only. This database was copied or moved" in pages.text(browser.get(address)), address


def test_an_owner_confirms_that_it_is_the_only_one(owner, store, copied):
    address = f"/stores/{store.pk}/take-over"
    text = pages.text(owner.get(address))
    assert "It runs on another PostgreSQL server than before." in text
    assert owner.post(address).status_code == 422
    assert ReadOnly.objects.exists()

    answer = owner.post(address, {"alone": "yes"}, follow=True)

    assert "“Brand A” sends again." in pages.text(answer)
    assert not ReadOnly.objects.exists()
    assert owner.get(address)["Location"] == f"/stores/{store.pk}/orders"
