"""`channel-manager store take-over` and `store alerts`, and what the processes say of a copied database."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from channel_manager.alerts import actions, addresses
from channel_manager.alerts.models import Channel, Message, MessageAttempt
from channel_manager.cli import database, serving
from channel_manager.cli.app import run
from channel_manager.cli.endings import Code
from channel_manager.config import environment
from channel_manager.shared.sentences import say
from channel_manager.sync.models import Installation, ReadOnly
from tests import factories


@pytest.fixture
def store(db, monkeypatch):
    monkeypatch.setenv("CHANNEL_MANAGER_ROLE", "test")
    return factories.store("Brand A")


@pytest.fixture
def command(capsys, store):
    """Runs the command: (exit code, everything it wrote, lines joined)."""

    def invoke(*arguments):
        code = run(["store", *arguments])
        said = capsys.readouterr()
        return code, " ".join((said.out + said.err).split())

    return invoke


@pytest.fixture
def copied(store):
    assert database.recognise() == []
    Installation.objects.update(system="1")
    return database.recognise()


def test_processes_say_that_the_database_was_copied_and_what_to_do(copied, capsys):
    (sentence,) = copied
    assert sentence.startswith("“Brand A” is read-only: This database was copied or moved")
    assert sentence.endswith("channel-manager store take-over 'Brand A'")
    serving._tell_read_only()
    assert "store take-over 'Brand A'" in capsys.readouterr().err


def test_it_is_shown_in_the_list_and_taken_over(command, copied):
    assert "read-only: see store take-over" in command("list")[1]
    code, said = command("take-over", "Brand A", "--yes")
    assert code == Code.DONE
    assert "It runs on another PostgreSQL server than before." in said
    assert said.endswith("“Brand A” writes again. What waited is looked for before it is sent.")
    assert not ReadOnly.objects.exists()
    assert "there is nothing to take over" in command("take-over", "Brand A")[1]


def test_nobody_takes_over_without_saying_so(command, copied):
    code, said = command("take-over", "Brand A")
    assert code == Code.USAGE
    assert "Add --yes when no other installation works on this account." in said
    assert ReadOnly.objects.exists()


def test_alerts_are_shown_and_tested(command, store):
    assert "nobody is told of anything" in command("alerts", "Brand A")[1]
    channel = Channel(store=store, name="Operations", kinds=["order_error"], rungs=[60])
    actions.save(channel, address=addresses.read("ops@example.com"), by=None, at=timezone.now())

    code, said = command("alerts", "Brand A", "--test")

    assert code == Code.DONE
    assert "A test to “Operations” is on its way" in said
    assert "“Operations” (o•••@example.com): nothing was sent yet" in said
    problem = say("The mail server did not take it: %(problem)s", problem="550").as_json()
    MessageAttempt.objects.create(message=Message.objects.get(), number=1, problem=problem, finished_at=timezone.now())
    Message.objects.update(attempt=1, state="failed")
    code, said = command("alerts", "Brand A")
    assert code == Code.PROBLEM
    assert "✗ The mail server did not take it: 550" in said
    assert "Brand A: test alert: failed, 1 try" in said


# ---- the mail server ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", ("", 25, "", "", False, False)),
        ("smtp://mail.example", ("mail.example", 587, "", "", False, True)),
        ("smtps://me:p%40ss@mail.example", ("mail.example", 465, "me", "p@ss", True, False)),
        ("smtp://me:pass@mail.example:2525", ("mail.example", 2525, "me", "pass", False, True)),
        ("smtp://relay:25?starttls=0", ("relay", 25, "", "", False, False)),
        ("smtp://me:pass@127.0.0.1:25", ("127.0.0.1", 25, "me", "pass", False, False)),
    ],
)
def test_a_mail_server_is_named_by_its_url(monkeypatch, url, expected):
    monkeypatch.setenv("CHANNEL_MANAGER_SMTP_URL", url)
    found = environment.mail_server("CHANNEL_MANAGER_SMTP_URL")
    assert (found.host, found.port, found.user, found.password, found.tls, found.starttls) == expected
    assert "pass" not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://h:x",
        "smtp://h/path",
        "smtp://me:pass@relay?starttls=0",
    ],
)
def test_a_wrong_mail_server_is_refused_without_its_password(monkeypatch, url):
    monkeypatch.setenv("CHANNEL_MANAGER_SMTP_URL", url)
    with pytest.raises(ImproperlyConfigured, match="CHANNEL_MANAGER_SMTP_URL must be") as refused:
        environment.mail_server("CHANNEL_MANAGER_SMTP_URL")
    assert "pass@" not in str(refused.value).replace("user:password@", "")


def test_the_sender_is_an_address(monkeypatch):
    monkeypatch.setenv("CHANNEL_MANAGER_MAIL_FROM", "Channel <cm@example.com>")
    assert environment.mail_from("CHANNEL_MANAGER_MAIL_FROM") == "Channel <cm@example.com>"
    monkeypatch.setenv("CHANNEL_MANAGER_MAIL_FROM", "nobody\r\nBcc: all@example.com")
    with pytest.raises(ImproperlyConfigured):
        environment.mail_from("CHANNEL_MANAGER_MAIL_FROM")
