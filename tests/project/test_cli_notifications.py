"""`channel-manager store notifications`."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured

from channel_manager.cli.app import run
from channel_manager.cli.endings import Code
from channel_manager.config import environment
from channel_manager.notifications import addresses
from channel_manager.notifications.models import Hook, Notification, Wanted
from channel_manager.ports.messages import Platform
from tests import factories

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def store(db, settings, monkeypatch):
    monkeypatch.setenv("CHANNEL_MANAGER_ROLE", "test")
    settings.PUBLIC_URL = "https://cm.example"
    return factories.store("Brand A")


@pytest.fixture
def command(capsys, store):
    """Runs the command: (exit code, everything it wrote, lines joined)."""

    def invoke(*options, name="Brand A"):
        code = run(["store", "notifications", name, *options])
        said = capsys.readouterr()
        return code, " ".join((said.out + said.err).split())

    return invoke


def test_it_is_shown_turned_on_and_turned_off(command, store):
    code, said = command()
    assert code == Code.DONE
    assert said.startswith("Brand A: notifications of Walmart: off from Walmart: 0 in 24 hours, none yet")
    assert said.endswith("nothing yet; --shop makes an address from the shop: 0 in 24 hours, none yet")
    assert "on; Walmart's subscriptions follow" in command("--on")[1]
    assert Wanted.objects.get().is_on
    assert "on; Walmart's subscriptions follow" in command("--status")[1]
    assert "notifications of Walmart: off" in command("--off")[1]
    assert not Wanted.objects.get().is_on


def test_what_stands_and_what_came_is_told(command, store):
    found = [{"event": "PO_CREATED", "topic": "order_released"}]
    Wanted.objects.create(store=store, is_on=True, compared_at=NOON, found=found)
    Notification.objects.create(
        store=store, platform="marketplace", event_id="1", event="PO_CREATED", received_at=NOON.replace(year=2027)
    )
    code, said = command()
    assert code == Code.DONE
    assert "subscribed, seen 2026-11-23 12:00 UTC: PO_CREATED only read: order changed, buyer asked to cancel," in said
    assert "from Walmart: 1 in 24 hours, last 2027-11-23 12:00 UTC PO_CREATED" in said


def test_a_problem_is_told_and_fails(command, store):
    problem = {"sentence": {"template": "Walmart refused this: %(why)s.", "values": {"why": "no scope"}}}
    Wanted.objects.create(store=store, is_on=True, problem=problem)
    code, said = command("--status")
    assert (code, "✗ Walmart refused this: no scope." in said) == (Code.PROBLEM, True)


def test_the_shops_secret_is_printed_once(command, store):
    said = command("--shop")[1]
    receiver = addresses.receiver(Hook.objects.get(platform="commerce"))
    assert f"curl --user commerce:{receiver.password} --request POST {receiver.url}" in said
    assert receiver.password not in command()[1]
    assert receiver.url in command()[1]


def test_the_password_is_renewed_while_it_is_on(command, store):
    code, said = command("--renew")
    assert (code, "are off: there is no password to renew" in said) == (Code.PROBLEM, True)
    command("--on")
    before = addresses.in_use(store.pk, Platform.MARKETPLACE)
    command("--renew")
    assert addresses.in_use(store.pk, Platform.MARKETPLACE) != before


def test_it_says_what_is_missing(command, settings):
    assert command(name="Brand X")[0] == Code.NOT_FOUND
    settings.PUBLIC_URL = ""
    code, said = command("--on")
    assert (code, "set CHANNEL_MANAGER_PUBLIC_URL" in said) == (Code.PROBLEM, True)


@pytest.mark.parametrize(
    "value",
    [
        "http://channel.example.com", "ftp://127.0.0.1", "https://", "channel.example.com", "https://x.example/path",
        "https://x.example?a=1", "https://user:word@x.example", "http://10.0.0.1",
    ],
)  # fmt: skip
def test_a_public_address_that_would_carry_passwords_in_clear_is_refused(value, monkeypatch):
    monkeypatch.setenv("CHANNEL_MANAGER_PUBLIC_URL", value)
    with pytest.raises(ImproperlyConfigured, match="CHANNEL_MANAGER_PUBLIC_URL must be an address"):
        environment.public_url("CHANNEL_MANAGER_PUBLIC_URL")


@pytest.mark.parametrize(
    ("value", "url", "hosts"),
    [
        ("", "", []),
        ("https://cm.example/", "https://cm.example", ["cm.example"]),
        ("https://cm.example:8443", "https://cm.example:8443", ["cm.example"]),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", ["127.0.0.1"]),
        ("http://localhost:8000", "http://localhost:8000", ["localhost"]),
        ("http://[::1]:8000", "http://[::1]:8000", ["[::1]"]),
    ],
)
def test_a_public_address_is_also_a_name_of_the_pages(value, url, hosts, monkeypatch):
    monkeypatch.setenv("CHANNEL_MANAGER_PUBLIC_URL", value)
    assert environment.public_url("CHANNEL_MANAGER_PUBLIC_URL") == url
    assert environment.host_of(url) == hosts
