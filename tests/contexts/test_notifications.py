"""What is wanted of the marketplace is brought about, kept up, and taken back; triggers bring pulls forward."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from sync_toys import forget_jobs, jobs

from channel_manager.accounts.models import User
from channel_manager.connectors.walmart.mapping.notifications import TOPICS
from channel_manager.history.models import Event
from channel_manager.notifications import actions, addresses, intake, proofs
from channel_manager.notifications.models import Hook, Notification, Wanted
from channel_manager.notifications.queries import standing
from channel_manager.notifications.retention import forget_notifications
from channel_manager.notifications.subscriptions import Subscriptions
from channel_manager.ports.messages import Capabilities, Platform
from channel_manager.ports.notifications import Notification as Told
from channel_manager.ports.notifications import Subscription, Topic
from channel_manager.shared.errors import Ambiguous, Rejected, Unavailable
from channel_manager.shared.sentences import say
from channel_manager.sync import pulls, sql
from channel_manager.sync.models import StreamCursor

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FOREIGN = "https://erp.example/walmart"


class Marketplace:
    """Subscriptions as a dict, and how often each method was called. `problems` are raised by the next subscribe."""

    capabilities = Capabilities(topics=tuple(Topic))

    def __init__(self):
        self.offered = list(TOPICS)
        self.there = {"foreign": self._new("foreign", "PO_CREATED", FOREIGN)}
        self.calls = []
        self.problems = []
        self.passwords = {}

    async def subscriptions(self):
        self.calls.append("list")
        return tuple(self.there.values())

    async def subscribe(self, topics, receiver):
        self.calls.append("subscribe")
        known = {one.event for one in self.there.values() if one.url == receiver.url}
        for event in self.offered:
            if event not in known and TOPICS[event] in topics:
                number = f"s{len(self.calls)}-{event}"
                self.there[number] = self._new(number, event, receiver.url)
        self.passwords[receiver.url] = receiver.password
        if self.problems:
            raise self.problems.pop(0)
        return tuple(one for one in self.there.values() if one.url == receiver.url)

    async def unsubscribe(self, subscription_id):
        self.calls.append("unsubscribe")
        self.there.pop(subscription_id, None)

    def ours(self):
        return sorted((one.event, one.url) for one in self.there.values() if one.url != FOREIGN)

    def _new(self, number, event, url):
        return Subscription(subscription_id=number, event=event, topic=TOPICS[event], url=url, active=True)


@pytest.fixture
def walmart(world, settings):
    settings.PUBLIC_URL = "https://cm.example"
    world.marketplace = Marketplace()
    world.gateways = SimpleNamespace(marketplace=world.marketplace, commerce=None)
    return world.marketplace


@pytest.fixture
def alice(world):
    return User.objects.create(username="alice")


def run(world):
    async_to_sync(pulls.run)(Subscriptions(), world.store.pk, world.gateways_for, poll_seconds=60)


def turn_on(world, by=None):
    actions.turn_on(world.store, by=by, at=NOON)
    run(world)


def all_at(hook):
    return sorted((event, addresses.of(hook)) for event in TOPICS)


def hook(world):
    return addresses.in_use(world.store.pk, Platform.MARKETPLACE)


def shown(world):
    return standing(world.store.pk, timezone.now())


# ---- the marketplace's subscriptions ----


def test_a_store_that_wants_nothing_asks_nothing(world, walmart):
    run(world)
    assert walmart.calls == []
    assert shown(world).state == "off"


def test_turned_on_everything_is_subscribed_to_and_stays_so(world, walmart, alice):
    turn_on(world, alice)
    assert walmart.ours() == all_at(hook(world))
    assert hook(world).key in walmart.ours()[0][1]
    found = shown(world)
    assert (found.state, len(found.subscriptions), found.problem) == ("on", 7, None)
    cursor = StreamCursor.objects.get(stream="notifications")
    assert timedelta(minutes=59) < cursor.due_at - timezone.now() <= timedelta(hours=1)

    before = dict(walmart.there)
    turn_on(world, alice)
    assert walmart.there == before
    assert list(Event.objects.values_list("kind", "user__username")) == [("notifications_on", "alice")]


def test_what_was_changed_at_the_marketplace_is_repaired(world, walmart):
    turn_on(world)
    right = walmart.ours()
    walmart.there = {number: one for number, one in walmart.there.items() if one.event != "PO_CREATED"}
    number = next(iter(walmart.there))
    walmart.there[number] = Subscription(
        subscription_id=number,
        event=walmart.there[number].event,
        topic=walmart.there[number].topic,
        url=right[0][1],
        active=False,
    )
    run(world)
    assert walmart.ours() == right


def test_turned_off_only_ours_are_taken_away_and_no_more_is_asked(world, walmart, alice):
    turn_on(world)
    actions.turn_off(world.store, by=alice, at=NOON)
    run(world)
    assert list(walmart.there) == ["foreign"]
    assert (shown(world).state, Hook.objects.count()) == ("off", 0)

    walmart.calls.clear()
    run(world)
    assert walmart.calls == []


def test_a_renewed_password_has_a_new_address_and_the_old_one_ends_afterwards(world, walmart):
    turn_on(world)
    old = hook(world)
    actions.renew(world.store, by=None, at=NOON)
    assert proofs.hook_at(old.key, Platform.MARKETPLACE) == old
    run(world)

    new = hook(world)
    assert walmart.ours() == all_at(new)
    assert list(Hook.objects.all()) == [new]
    assert walmart.passwords[addresses.of(old)] != walmart.passwords[addresses.of(new)]


def test_a_new_public_address_moves_the_subscriptions(world, walmart, settings):
    turn_on(world)
    settings.PUBLIC_URL = "https://new.example"
    run(world)
    assert walmart.ours() == all_at(hook(world))
    assert {url.partition("/hooks/")[0] for _event, url in walmart.ours()} == {"https://new.example"}


def test_a_lost_reply_is_settled_by_the_next_listing(world, walmart):
    walmart.problems = [Ambiguous("No answer", side="Walmart")]
    turn_on(world)
    assert shown(world).state == "troubled"
    assert shown(world).failing_since is not None

    run(world)
    assert walmart.ours() == all_at(hook(world))
    assert (shown(world).state, shown(world).failing_since) == ("on", None)


def test_one_refused_event_is_shown_and_the_others_stand(world, walmart):
    walmart.offered.remove("INTENT_TO_CANCEL")
    walmart.problems = [Rejected(say("Walmart refused this: not for you."), said="not for you")]
    turn_on(world)
    found = shown(world)
    assert (found.state, len(found.subscriptions)) == ("troubled", 6)
    assert found.problem["said"] == "not for you"
    assert StreamCursor.objects.get(stream="notifications").failed_since is None


def test_one_that_cannot_be_taken_away_is_shown_and_kept_in_mind(world, walmart, monkeypatch):
    turn_on(world)

    async def refuse(subscription_id):
        raise Rejected(say("Walmart refused this: not now."))

    with monkeypatch.context() as broken:
        broken.setattr(walmart, "unsubscribe", refuse)
        actions.turn_off(world.store, by=None, at=NOON)
        run(world)
    assert (shown(world).state, Hook.objects.count()) == ("troubled", 1)

    run(world)
    assert list(walmart.there) == ["foreign"]
    assert (shown(world).state, Hook.objects.count()) == ("off", 0)


def test_a_comparison_can_be_asked_for_where_something_is_wanted(world, walmart):
    actions.compare(world.store)
    assert jobs() == []
    turn_on(world)
    forget_jobs()
    actions.compare(world.store)
    assert jobs() == [f"pull:{world.store.pk}:notifications"]


def test_nothing_is_written_before_the_store_is_confirmed(world, walmart):
    world.store.confirmed_at = None
    world.store.save()
    turn_on(world)
    assert walmart.calls == []
    assert shown(world).state == "beginning"


def test_without_a_public_address_it_says_what_to_do(world, walmart, settings):
    turn_on(world)
    before = dict(walmart.there)
    settings.PUBLIC_URL = ""
    run(world)
    assert "CHANNEL_MANAGER_PUBLIC_URL" in shown(world).problem["sentence"]["template"]
    assert walmart.there == before
    for action in (actions.turn_on, actions.admit_commerce):
        with pytest.raises(actions.NotPossible, match="CHANNEL_MANAGER_PUBLIC_URL"):
            action(world.store, by=None, at=NOON)


def test_off_there_is_nothing_to_renew(world, walmart):
    with pytest.raises(actions.NotPossible, match="are off"):
        actions.renew(world.store, by=None, at=NOON)


def test_secrets_are_sealed_and_stand_nowhere_else(world, walmart):
    turn_on(world)
    receiver = actions.admit_commerce(world.store, by=None, at=NOON)
    secrets = [receiver.password, *walmart.passwords.values()]
    stored = [
        str(row)
        for table in ("notifications_hook", "notifications_wanted", "history_event", "sync_stream_cursor")
        for row in sql.rows(f"SELECT to_jsonb(found) AS row FROM {table} found")
    ]
    assert not any(secret in row for secret in secrets for row in stored)
    assert all(len(secret) >= 43 for secret in secrets)


def test_the_shops_new_secret_ends_the_old_one(world, walmart):
    first = actions.admit_commerce(world.store, by=None, at=NOON)
    second = actions.admit_commerce(world.store, by=None, at=NOON)
    current = Hook.objects.get()
    assert addresses.receiver(current) == second != first
    assert proofs.proves(current, f"Bearer {second.password}")
    assert not proofs.proves(current, f"Bearer {first.password}")
    actions.refuse_commerce(world.store, by=None, at=NOON)
    assert not Hook.objects.exists()


# ---- triggers ----


class Numbers(pulls.Stream):
    name = "released"
    platform = Platform.MARKETPLACE
    runs = 0

    async def fetch(self, store_id, cursor, gateways, now):
        self.runs += 1
        if self.problem:
            raise self.problem
        if self.meanwhile:
            await sql.in_transaction(self.meanwhile)()
        return pulls.Fetched(page=None, cursor={}, more=False)

    problem = meanwhile = None

    def receive(self, store_id, page, now):
        pass


@pytest.fixture
def numbers(world, walmart):
    """A stream that was read a while ago and is due in an hour."""
    stream = Numbers()
    pull(world, stream)
    sql.execute("UPDATE sync_stream_cursor SET started_at = now() - interval '1 min', due_at = now() + interval '1 h'")
    forget_jobs()
    return stream


def pull(world, stream):
    async_to_sync(pulls.run)(stream, world.store.pk, world.gateways_for, poll_seconds=3600)


def tell(world, number="1"):
    told = Told(event_id=number, event="PO_CREATED", topic=Topic.ORDER_RELEASED, occurred_at=None)
    known = hook(world) or addresses.make(world.store, Platform.MARKETPLACE)
    return intake.receive(known, told)


def due_in():
    return (StreamCursor.objects.get(stream="released").due_at - timezone.now()).total_seconds()


def test_a_notification_wakes_its_stream_at_once(world, numbers):
    assert tell(world)
    assert due_in() <= 0
    assert jobs() == [f"pull:{world.store.pk}:released"]


def test_further_ones_wait_for_the_spacing(world, numbers):
    tell(world, "1")
    pull(world, numbers)
    forget_jobs()
    for number in range(2, 100):
        tell(world, str(number))
    assert 0 < due_in() <= 1.5
    assert jobs() == []
    assert Notification.objects.count() == 99


def test_one_that_comes_during_a_run_is_read_after_it(world, numbers):
    sql.execute("UPDATE sync_stream_cursor SET due_at = now()")
    numbers.meanwhile = lambda: tell(world)
    pull(world, numbers)
    assert 0 < due_in() <= 1.5
    assert StreamCursor.objects.get(stream="released").lease_until is None


def test_a_stream_that_was_asked_for_during_a_run_goes_on_at_once(world, numbers):
    numbers.meanwhile = lambda: pulls.request(world.store.pk, "released")
    pull(world, numbers)
    assert jobs() == [f"pull:{world.store.pk}:released"]
    assert pulls.streams_due(["released"]) == [(world.store.pk, "released")]


def test_a_stream_that_fails_keeps_its_platforms_time(world, numbers):
    numbers.problem = Unavailable("429", retry_after=timedelta(seconds=90))
    pull(world, numbers)
    tell(world)
    assert due_in() > 80


def test_a_stream_that_is_due_already_is_not_locked(world, numbers):
    sql.execute("UPDATE sync_stream_cursor SET due_at = now() - interval '1 s'")
    before = sql.rows("SELECT xmin FROM sync_stream_cursor")
    tell(world)
    assert sql.rows("SELECT xmin FROM sync_stream_cursor") == before


def test_old_notifications_are_deleted(world, walmart):
    tell(world, "old")
    sql.execute("UPDATE notifications_notification SET received_at = now() - interval '31 days'")
    tell(world, "new")
    assert forget_notifications() == 1
    assert forget_notifications() == 0
    assert Notification.objects.get().event_id == "new"


def test_what_the_page_shows_of_the_traffic(world, walmart):
    tell(world, "1")
    sql.execute("UPDATE notifications_notification SET received_at = now() - interval '25 hours'")
    tell(world, "2")
    told = shown(world).marketplace
    assert (told.day, told.last.event_id) == (1, "2")
    assert (shown(world).shop.day, shown(world).shop.last) == (0, None)


def test_the_wish_survives_a_store_without_a_row(world, walmart):
    actions.turn_off(world.store, by=None, at=NOON)
    assert Wanted.objects.get().is_on is False
    assert Event.objects.count() == 0
