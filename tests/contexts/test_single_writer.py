"""A copy of a database does not write, and knows it; the original goes on."""

import pytest
from django.db import connection, transaction
from django.utils import timezone

from channel_manager.history.models import Event
from channel_manager.notifications import addresses, subscriptions
from channel_manager.notifications.models import Wanted
from channel_manager.ports.messages import Platform
from channel_manager.ports.notifications import Subscription, Topic
from channel_manager.sync import sql, writer
from channel_manager.sync.lanes.sweep import sweep
from channel_manager.sync.models import Installation, ReadOnly
from tests import factories


def elsewhere(**facts):
    """As if the database had last worked there."""
    Installation.objects.update(**({"system": "7310000000000000000"} | facts))


@pytest.fixture
def at_home(world):
    assert writer.recognise(host="machine-1", folder="/srv/var") == []
    return world


def test_at_home_everything_goes_on(at_home):
    for _ in range(3):
        assert writer.recognise(host="machine-1", folder="/srv/var") == []
    asked = at_home.ask()
    at_home.deliver()
    assert at_home.operation(asked).state == "done"
    assert Installation.objects.count() == 1


def test_an_ordinary_user_of_the_database_may_ask_where_it_is(at_home):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE ROLE ordinary_person NOSUPERUSER")
        cursor.execute("SET LOCAL ROLE ordinary_person")
        found = sql.rows(writer.WHERE)[0]
        cursor.execute("RESET ROLE")
        cursor.execute("DROP ROLE ordinary_person")
    known = Installation.objects.get()
    assert found == {"system": known.system, "database": known.database}
    assert int(known.system) > 0


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        ({"system": "7310000000000000000"}, "another PostgreSQL server"),
        ({"database": "1"}, "another database of the same PostgreSQL server: a copy"),
        ({"host": "machine-2"}, "on another machine"),
        ({"folder": "/mnt/copy"}, "was at /mnt/copy and is at /srv/var"),
    ],
)
def test_a_database_that_is_elsewhere_claims_nothing_and_says_what_was_found(at_home, moved, words):
    asked = at_home.ask()
    elsewhere(**({"system": Installation.objects.get().system} | moved))

    (store,) = writer.recognise(host="machine-1", folder="/srv/var")
    at_home.deliver()

    assert (store, at_home.operation(asked).state) == (at_home.store, "waiting")
    assert at_home.marketplace.calls == []
    assert words in str(writer.difference(ReadOnly.objects.get()))
    assert Event.objects.get(kind="read_only").words == writer.CLAUSE


@pytest.mark.parametrize("known", [{"host": "", "folder": ""}, {"host": "machine-1", "folder": ""}])
def test_what_only_one_of_both_knows_says_nothing_and_is_learnt(at_home, known):
    Installation.objects.update(**known)
    assert writer.recognise() == []
    assert writer.recognise(host="machine-1", folder="/srv/var") == []
    assert (Installation.objects.get().host, Installation.objects.get().folder) == ("machine-1", "/srv/var")


def test_it_stays_so_until_an_owner_confirms_however_often_it_is_started(at_home):
    elsewhere()
    for _ in range(3):
        assert writer.recognise(host="machine-1", folder="/srv/var") == [at_home.store]
    assert ReadOnly.objects.count() == Event.objects.filter(kind="read_only").count() == 1

    assert writer.take_over(at_home.store, by=None, at=timezone.now())

    assert writer.recognise(host="machine-1", folder="/srv/var") == []
    assert not writer.take_over(at_home.store, by=None, at=timezone.now())
    asked = at_home.ask()
    at_home.deliver()
    assert at_home.operation(asked).state == "done"


def test_after_a_take_over_nothing_that_waited_is_sent_without_a_look(at_home):
    """The copy was taken before its original sent this."""
    asked = at_home.ask()
    at_home.marketplace.effects.append(("order:1", "a"))
    elsewhere()
    writer.recognise()
    writer.take_over(at_home.store, by=None, at=timezone.now())

    at_home.deliver()

    assert at_home.outcomes(asked) == ["found"]
    assert at_home.marketplace.effects == [("order:1", "a")]


def test_each_store_is_confirmed_by_itself(at_home):
    other = factories.store("Brand B")
    elsewhere()
    assert writer.recognise() == [at_home.store, other]
    writer.take_over(other, by=None, at=timezone.now())
    assert writer.recognise() == [at_home.store]
    assert writer.read_only_among([at_home.store.pk, other.pk]) == {at_home.store.pk}


def test_the_sweep_wakes_no_lane_of_a_copy(at_home):
    at_home.ask()
    elsewhere()
    writer.recognise()
    sql.execute("TRUNCATE procrastinate_jobs CASCADE")
    transaction.atomic(sweep)()
    assert sql.rows("SELECT 1 FROM procrastinate_jobs") == []


def test_asking_costs_no_statement_of_its_own(at_home):
    """Claiming reads it where it measures the lane."""
    at_home.ask(subject="order:0")
    at_home.deliver()
    statements = []

    def note(execute, statement, params, many, context):
        statements.append(statement)
        return execute(statement, params, many, context)

    at_home.ask(subject="order:9")
    with connection.execute_wrapper(note):
        at_home.deliver()
    assert [statement for statement in statements if "sync_read_only" in statement] == [
        statement for statement in statements if "FROM sync_lane lane" in statement and "may_write" in statement
    ]


# ---- another installation on the account -------------------------------------------------------------------------


def subscribed(url, *, active=True):
    return Subscription(subscription_id=url, event="PO_CREATED", topic=Topic.ORDER_RELEASED, url=url, active=active)


def plan(keys=("ours" * 8,), base="https://cm.example"):
    return subscriptions.Plan(receiver=None, keys=frozenset(keys), base=base, retired=())


OTHER = "o" * 32


def test_another_installation_is_known_by_its_address_at_the_marketplace():
    standing = [
        subscribed(f"https://old.example/hooks/{OTHER}/marketplace"),
        subscribed(f"https://old.example/hooks/{OTHER}/marketplace"),
        subscribed(f"https://cm.example/hooks/{'k' * 32}/marketplace"),
        subscribed(f"https://before.example/hooks/{'ours' * 8}/marketplace"),
        subscribed(f"https://gone.example/hooks/{OTHER}/marketplace", active=False),
        subscribed("https://erp.example/walmart/events"),
    ]
    assert subscriptions.installations(standing, plan()) == ("https://old.example",)


def test_a_copy_leaves_the_originals_subscriptions_alone(at_home, settings):
    settings.PUBLIC_URL = "https://cm.example"
    Wanted.objects.create(store=at_home.store, is_on=True)
    addresses.make(at_home.store, Platform.MARKETPLACE)
    assert subscriptions._plan(at_home.store.pk) is not None
    elsewhere()
    writer.recognise()
    assert subscriptions._plan(at_home.store.pk) is None


def test_keys_of_addresses_have_the_form_that_is_looked_for(at_home):
    key = addresses.make(at_home.store, Platform.MARKETPLACE).key
    assert subscriptions.OF_OUR_FORM.fullmatch(f"/hooks/{key}/marketplace")
