"""`channel-manager reconcile`, with both platforms simulated."""

import csv
import json

import pytest

from channel_manager.cli.app import run
from channel_manager.cli.endings import Code
from channel_manager.orders import onboarding
from channel_manager.ports.documents import StoreView
from channel_manager.reconciliation import runs
from channel_manager.reconciliation.models import Finding, Run
from channel_manager.stores.actions import connect
from channel_manager.sync.models import SyncOperation
from channel_simulators.commerce import sandbox
from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.server import WalmartServer


@pytest.fixture
def walmart():
    with WalmartServer() as server:
        yield server


@pytest.fixture
def store(transactional_db, monkeypatch, walmart):
    monkeypatch.setenv("CHANNEL_MANAGER_ROLE", "test")
    with CommerceServer() as commerce:
        made = connect(
            name="Brand A",
            marketplace_url=walmart.url,
            marketplace={"client_id": "sandbox-client", "client_secret": "sandbox-secret"},
            commerce_url=commerce.url,
            commerce={
                "consumer_key": sandbox.CONSUMER_KEY,
                "consumer_secret": sandbox.CONSUMER_SECRET,
                "access_token": sandbox.ACCESS_TOKEN,
                "access_token_secret": sandbox.TOKEN_SECRET,
            },
            view=StoreView(id=2, code="walmart", name="Walmart", website_code="walmart", currency="USD"),
        )
        yield made


@pytest.fixture
def command(capsys, store):
    """Runs the command: (exit code, what it printed)."""

    def invoke(*options, name="Brand A"):
        code = run(["reconcile", name, *options])
        return code, capsys.readouterr()

    return invoke


def test_it_compares_and_says_what_it_found(command, store, walmart, monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "SETTLING", runs.SETTLING * 0)
    number = walmart.control.place_order(lines=[{"sku": "WHISK-11", "quantity": 1, "price": "9.99"}])

    code, said = command("--days", "7", "--orders", str(tmp_path / "orders.csv"))

    assert code == Code.DONE
    assert said.out.splitlines()[0] == "7 days, 1 orders: 0 missing, 0 doubled, 1 healed, 0 need you"
    assert number in said.out
    assert [
        row["Walmart order"] for row in csv.DictReader((tmp_path / "orders.csv").read_text("utf-8-sig").splitlines())
    ] == [number]
    assert Finding.objects.get().state == "healed"


def test_for_programs_it_answers_in_json(command):
    code, said = command("--json")
    told = json.loads(said.out)
    assert code == Code.DONE
    assert {name: told[name] for name in ("state", "compared", "proposed", "findings")} == {
        "state": "done",
        "compared": 0,
        "proposed": 0,
        "findings": [],
    }


def test_what_needs_a_person_is_the_exit_code(command, store, walmart):
    number = walmart.control.place_order(lines=[{"sku": "WHISK-11", "quantity": 1, "price": "9.99"}])
    now = runs.request(store).until
    Run.objects.all().delete()
    onboarding.confirm(store, orders_from=now.replace(year=2026, month=1), open_orders="import", by=None, at=now)
    command()
    from_nothing(number)

    code, said = command("--findings", "/dev/null")

    assert code == Code.PROBLEM
    assert "does not exist in Commerce" in said.out


def from_nothing(number):
    """Nobody makes its Commerce order any more."""
    assert SyncOperation.objects.filter(kind="create_commerce_order").delete()[0]


def test_an_unknown_store_and_a_check_under_way_are_told(command, store):
    code, said = command(name="Nobody")
    assert code == Code.NOT_FOUND
    runs.request(store)
    code, said = command()
    assert (code, "A check of this store is running." in said.err) == (Code.PROBLEM, True)


def test_a_platform_that_is_down_is_told_and_the_check_stays(command, walmart):
    walmart.control.faults_add("status_before", method="GET", path="/v3/orders", status=503, times=50)
    code, said = command()
    assert code == Code.PROBLEM
    assert "What was compared is kept" in said.err
    assert Run.objects.get().state == "open"
