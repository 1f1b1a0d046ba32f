"""The commands of `channel-manager` as a person types them: what they print, what they change, how they end."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from channel_manager.accounts.models import Role, User
from channel_manager.cli import ports
from channel_manager.cli.app import run
from channel_manager.cli.endings import Code, explain
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.messages import Reason
from channel_manager.stores.credentials import commerce_credentials, marketplace_credentials
from channel_manager.stores.models import Store
from channel_manager.sync.models import PlatformPause, State, StreamCursor
from channel_simulators.commerce import sandbox
from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.server import WalmartServer
from tests import factories

COMMANDS = [
    [], ["demo"], ["up"], ["web"], ["worker"], ["migrate"], ["key"], ["user"], ["user", "add"], ["store"],
    ["store", "add"], ["store", "list"], ["store", "check"], ["store", "notifications"], ["orders"], ["orders", "list"], ["orders", "show"],
    ["orders", "sync"],
]  # fmt: skip
PASSWORD = "correct horse battery"
SECRETS = {
    "WALMART_CLIENT_SECRET": "sandbox-secret",
    "COMMERCE_CONSUMER_KEY": sandbox.CONSUMER_KEY,
    "COMMERCE_CONSUMER_SECRET": sandbox.CONSUMER_SECRET,
    "COMMERCE_ACCESS_TOKEN": sandbox.ACCESS_TOKEN,
    "COMMERCE_ACCESS_TOKEN_SECRET": sandbox.TOKEN_SECRET,
}


@pytest.fixture(autouse=True)
def nobody_types(monkeypatch):
    monkeypatch.setenv("CHANNEL_MANAGER_ROLE", "test")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    for name in ("CHANNEL_MANAGER_PASSWORD", *SECRETS):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def command(capsys):
    """Runs a command: (exit code, everything it wrote, lines joined)."""

    def invoke(*arguments):
        code = run(list(arguments))
        said = capsys.readouterr()
        return code, " ".join((said.out + said.err).split())

    return invoke


def channel_manager(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "channel_manager", *arguments],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


# ---- help and endings ----


def test_help_tells_about_every_command_and_loads_no_django(tmp_path):
    script = (
        "import sys, json\nfrom channel_manager.cli.app import run\n"
        f"codes = [run([*words, '--help']) for words in {COMMANDS!r}]\n"
        "assert codes == [0] * len(codes), codes\n"
        "assert 'django' not in sys.modules\n"
    )
    environment = os.environ | {"CHANNEL_MANAGER_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage:") == len(COMMANDS)
    assert "Exit codes: 0 done" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("environment", "code", "words"),
    [
        ({"DATABASE_URL": "postgresql://ann@127.0.0.1:1/shop"}, Code.DATABASE, "The database cannot be reached: "),
        ({"DATABASE_URL": "mysql://db/shop"}, Code.CONFIGURATION, "must name a PostgreSQL server"),
        ({"CHANNEL_MANAGER_POLL_SECONDS": "soon"}, Code.CONFIGURATION, "CHANNEL_MANAGER_POLL_SECONDS must be"),
        ({"CHANNEL_MANAGER_CREDENTIAL_KEYS": "", "CHANNEL_MANAGER_DATA": "open"}, Code.CONFIGURATION, "chmod 600"),
    ],
)
def test_a_wrong_environment_ends_with_a_sentence(environment, code, words, tmp_path):
    if environment.get("CHANNEL_MANAGER_DATA"):
        (tmp_path / "credential_keys").write_text("key")
        (tmp_path / "credential_keys").chmod(0o644)
    done = channel_manager("store", "list", **environment | {"CHANNEL_MANAGER_DATA": str(tmp_path)})

    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_cannot_be_started_ends_with_a_sentence(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "letters.txt").write_text("mine")
    done = channel_manager("worker", CHANNEL_MANAGER_DATA=str(tmp_path), DATABASE_URL="")

    assert done.returncode == Code.DATABASE
    assert "holds other files" in done.stderr


def test_wrong_usage_ends_with_2(command):
    assert command("orders", "lost")[0] == Code.USAGE
    assert command("web", "--port", "99999")[0] == Code.USAGE
    assert command("demo", "--once", "--reset")[0] == Code.USAGE


def test_our_own_mistakes_keep_their_traceback():
    assert explain(ZeroDivisionError()) is None


@pytest.mark.parametrize("arguments", [["orders", "list"], ["store", "list"], ["worker"], ["web", "--port=0"]])
def test_a_database_that_was_not_migrated_is_refused(arguments, command, db):
    MigrationRecorder(connection).Migration.objects.filter(app="orders").delete()
    arguments = [f"--port={ports.free(1)[0]}" if word == "--port=0" else word for word in arguments]

    code, said = command(*arguments)

    assert code == Code.CONFIGURATION
    assert "Run `channel-manager migrate`" in said


def test_a_key_is_fit_for_use(command):
    code, said = command("key")
    assert code == Code.DONE
    Fernet(said)


def test_a_taken_port_is_told_before_anything_starts(command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for words in (["web"], ["up"]):
            code, said = command(*words, f"--port={port}")
            assert (code, f"Port {port} (web) is in use" in said) == (Code.PROBLEM, True)


# ---- people ----


def test_a_person_gets_a_role_on_a_store_and_can_sign_in(command, monkeypatch, db):
    store = factories.store("Brand A")
    monkeypatch.setenv("CHANNEL_MANAGER_PASSWORD", PASSWORD)

    code, said = command("user", "add", "carol", "--store", "Brand A", "--role", "owner")

    carol = User.objects.get(username="carol")
    assert (code, said) == (Code.DONE, "“carol” can sign in now.")
    assert carol.check_password(PASSWORD)
    assert [(one.store, one.role) for one in carol.memberships.all()] == [(store, Role.OWNER)]
    assert not carol.is_superuser


def test_the_password_may_come_from_standard_input(command, monkeypatch, db):
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD + "\n"))
    assert command("user", "add", "root", "--superuser")[0] == Code.DONE
    assert User.objects.get(is_superuser=True).check_password(PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "password", "code", "words"),
    [
        (["alice", "--superuser"], PASSWORD, Code.PROBLEM, "somebody named “alice” already"),
        (["bob", "--superuser"], "short", Code.PROBLEM, "at least 12 characters"),
        (["bob", "--store", "Brand B"], PASSWORD, Code.NOT_FOUND, "no store “Brand B”. Known: “Brand A”."),
        (["bob", "--store", "Brand A", "--role", "king"], PASSWORD, Code.USAGE, "viewer, operator, owner"),
        (["bob"], PASSWORD, Code.USAGE, "--store NAME, or --superuser"),
    ],
)
def test_a_person_is_refused_with_a_reason(arguments, password, code, words, command, monkeypatch, db):
    factories.user("alice", store=factories.store("Brand A"))
    monkeypatch.setenv("CHANNEL_MANAGER_PASSWORD", password)

    ended, said = command("user", "add", *arguments)

    assert (ended, words in said) == (code, True)
    assert list(User.objects.values_list("username", flat=True)) == ["alice"]


# ---- stores ----


@pytest.fixture
def platforms():
    with WalmartServer() as walmart, CommerceServer() as commerce:
        yield walmart, commerce


@pytest.fixture
def connecting(platforms):
    walmart, commerce = platforms
    return [
        "store", "add", "--name=Kitchen", "--client-id=sandbox-client", f"--walmart-url={walmart.url}",
        f"--commerce-url={commerce.url}", "--store-view=walmart",
    ]  # fmt: skip


def test_a_store_is_connected_once_both_sides_answer(command, connecting, monkeypatch, transactional_db):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)

    code, said = command(*connecting)

    store = Store.objects.get()
    assert code == Code.DONE, said
    assert (store.name, store.store_code, store.website_code, store.confirmed_at) == (
        "Kitchen",
        "walmart",
        "walmart",
        None,
    )
    assert marketplace_credentials(store) == {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    assert commerce_credentials(store)["access_token_secret"] == sandbox.TOKEN_SECRET
    assert said.count("✓") >= 6
    assert "✗" not in said
    assert not any(value in said for value in SECRETS.values())

    assert command("store", "check", "Kitchen")[0] == Code.DONE
    code, said = command(*[word.replace("Kitchen", "Garden") for word in connecting])
    assert (code, "belongs to a store already" in said) == (Code.PROBLEM, True)


def test_secrets_may_stand_in_a_file(command, connecting, tmp_path, transactional_db):
    lines = tmp_path / "secrets.env"
    lines.write_text("# both sides\n" + "\n".join(f"{name} = {value}" for name, value in SECRETS.items()))
    assert command(*connecting, "--secrets", str(lines))[0] == Code.DONE


def test_new_keys_are_tested_sealed_and_end_the_pause(command, connecting, monkeypatch, transactional_db):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    assert command(*connecting)[0] == Code.DONE
    store = Store.objects.get()
    PlatformPause.objects.create(
        store=store, platform="commerce", sentence={"template": "x"}, next_check_at=timezone.now()
    )
    sealed = bytes(store.commerce_credentials)

    monkeypatch.setenv("WALMART_CLIENT_SECRET", "wrong")
    code, said = command("store", "credentials", "Kitchen")
    assert (code, "Nothing was changed" in said, PlatformPause.objects.count()) == (Code.PROBLEM, True, 1)
    monkeypatch.setenv("WALMART_CLIENT_SECRET", SECRETS["WALMART_CLIENT_SECRET"])
    code, said = command("store", "credentials", "Kitchen")

    assert code == Code.DONE, said
    store.refresh_from_db()
    assert bytes(store.commerce_credentials) != sealed
    assert commerce_credentials(store)["access_token_secret"] == sandbox.TOKEN_SECRET
    assert PlatformPause.objects.count() == 0


def test_nothing_is_saved_when_a_check_fails(command, connecting, tmp_path, transactional_db):
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps(SECRETS | {"WALMART_CLIENT_SECRET": "wrong"}))

    code, said = command(*connecting, "--secrets", str(file))

    assert (code, Store.objects.count()) == (Code.PROBLEM, 0)
    assert "✗" in said
    assert "Nothing was saved" in said


def test_an_unknown_store_view_is_told_with_those_that_exist(command, connecting, monkeypatch, transactional_db):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    code, said = command(*connecting, "--store-view=german")
    assert (code, "no store view “german”: choose one of default, walmart" in said) == (Code.NOT_FOUND, True)


def test_a_missing_secret_is_named_where_nobody_can_be_asked(command, connecting, db):
    code, said = command(*connecting)
    assert code == Code.USAGE
    assert "Walmart Client Secret is missing. Give it with WALMART_CLIENT_SECRET or --secrets FILE." in said


def test_a_store_whose_credentials_cannot_be_opened_fails_its_check(command, transactional_db):
    factories.store("Brand A")
    code, said = command("store", "check")
    assert (code, "sealed with another key" in said) == (Code.PROBLEM, True)
    assert command("store", "check", "Brand Z")[0] == Code.NOT_FOUND


def test_stores_are_listed_for_people_and_programs(command, db):
    assert "There are no stores" in command("store", "list")[1]
    factories.store("Brand A")
    factories.store("Brand B", confirmed_at=None)
    assert "Brand A client-" in command("store", "list")[1]
    found = json.loads(command("store", "list", "--json")[1])
    assert [(row["name"], row["state"]) for row in found] == [
        ("Brand A", "connected"),
        ("Brand B", "waiting to be confirmed"),
    ]


# ---- orders ----


def test_orders_are_listed_by_store_status_and_number(command, db):
    brand_a, brand_b = factories.store("Brand A"), factories.store("Brand B")
    first, second = factories.order(brand_a), factories.order(brand_b, lines=[("MUG", 3)])
    factories.operation(second, state=State.FAILED)

    def numbers(*arguments):
        return {row["number"] for row in json.loads(command("orders", "list", "--json", *arguments)[1])}

    assert numbers() == {first.number, second.number}
    assert numbers("--store", "Brand A") == {first.number}
    assert numbers("--status", "errors") == {second.number}
    assert numbers("--search", "MUG") == {second.number}
    assert len(numbers("--limit", "1")) == 1
    assert "MUG × 3" in command("orders", "list")[1]
    assert command("orders", "list", "--search", "none")[1] == "No orders."
    assert command("orders", "list", "--status", "lost")[0] == Code.USAGE
    assert command("orders", "list", "--store", "Brand C")[0] == Code.NOT_FOUND


def test_an_order_is_shown_with_its_ledger_shipments_and_operations(command, db):
    alice = factories.user("alice")
    order = factories.order(factories.store("Brand A"), lines=[("MUG", 3), ("CAP", 1)])
    factories.shipment(order, quantities={"1": 2}, by=alice)
    factories.cancellation(order, quantities={"2": 1}, reason=Reason.STOCK, by=alice)
    factories.operation(order)

    code, said = command("orders", "show", order.number)

    assert code == Code.DONE
    assert "Error" in said
    for words in (
        "MUG × 2",
        "1Z999AA10123456784",
        "The item is out of stock",
        "CAP × 1",
        "refused the tracking number",
    ):
        assert words in said
    assert command("orders", "show", PurchaseOrder.objects.get().commerce_number)[0] == Code.DONE
    assert command("orders", "show", "404")[0] == Code.NOT_FOUND
    factories.order(factories.store("Brand B"), number=order.number)
    assert command("orders", "show", order.number)[0] == Code.USAGE
    assert command("orders", "show", order.number, "--store", "Brand B")[0] == Code.DONE


def test_reading_now_makes_every_stream_due(command, db):
    store = factories.store("Brand A")
    StreamCursor.objects.create(store=store, stream="released", due_at="2030-01-01T00:00:00Z")

    assert command("orders", "sync")[0] == Code.DONE

    assert StreamCursor.objects.get().due_at.year < 2030
    code, said = command("orders", "sync", "--wait", "--seconds", "1")
    assert (code, "Is a worker running?" in said) == (Code.PROBLEM, True)


# ---- everything on one machine ----


@pytest.mark.slow
def test_up_runs_web_and_worker_restarts_them_and_stops_at_once(tmp_path):
    port = ports.free(1)[0]
    environment = os.environ | {"CHANNEL_MANAGER_DATA": str(tmp_path / "var"), "DATABASE_URL": ""}
    up = subprocess.Popen(
        [sys.executable, "-m", "channel_manager", "up", f"--port={port}"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}/sign-in"
        assert wait_until(lambda: answers(address))
        web = child(up.pid, f"--port={port}")
        assert child(up.pid, "worker")
        os.kill(web, signal.SIGKILL)
        assert wait_until(lambda: child(up.pid, f"--port={port}") not in (None, web))
        assert wait_until(lambda: answers(address))
        up.send_signal(signal.SIGTERM)
        said = up.communicate(timeout=40)[0]
    finally:
        up.kill()
    assert up.returncode == 0, said
    assert "The web process ended unexpectedly" in said
    assert not answers(address)
    assert wait_until(lambda: not (tmp_path / "var/postgres/data/postmaster.pid").exists())


def child(parent, word):
    """The process of `parent` whose command line has the word."""
    listed = subprocess.run(
        ["ps", "-ww", "--ppid", str(parent), "-o", "pid=,args="], capture_output=True, text=True, check=False
    )
    return next((int(line.split()[0]) for line in listed.stdout.splitlines() if word in line.split()), None)


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


def wait_until(true, seconds=40):
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
