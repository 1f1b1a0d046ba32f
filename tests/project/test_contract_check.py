"""The plugin that holds the run's traffic against the published contracts: what it counts, and what makes a run red."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import contracts
from tests.contracts import CHECK, Checker, violations

pytestmark = pytest.mark.skipif(not CHECK.exists(), reason=f"the published contracts are not at {CHECK}")

PRODUCT = {"User-Agent": "ChannelManager (tests)", "WM_QOS.CORRELATION_ID": "1", "WM_SVC.NAME": "Walmart Marketplace"}
READ = {
    "platform": "walmart",
    "method": "GET",
    "path": "/v3/inventory",
    "query": "sku=A",
    "headers": {**PRODUCT, "WM_SEC.ACCESS_TOKEN": "***", "Accept": "application/json", "Authorization": "***"},
    "request": None,
    "status": 200,
    "response": {"sku": "A", "quantity": {"unit": "EACH", "amount": 3}},
}


def changed(**members):
    return {**copy.deepcopy(READ), **members}


def stranger(**members):
    return changed(headers={"User-Agent": "curl"}, **members)


def checked(*exchanges):
    checker = Checker()
    for exchange in exchanges:
        checker.take(exchange)
    return checker


def test_what_keeps_the_contract_is_counted_and_nothing_else():
    checker = checked(READ, READ, stranger())
    assert (checker.checked, checker.of_product, checker.violations) == (3, 2, [])
    assert violations([READ]) == []


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("query", "sku=A&colour=red", "colour is not a parameter"),
        ("path", "/v3/colours", "no such route"),
        ("response", {"sku": "A", "quantity": {"unit": "EACH", "amount": "three"}}, "response.quantity"),
        ("response", {"quantity": {"unit": "EACH", "amount": 3}}, "'sku' is a required property"),
    ],
)
def test_the_product_is_checked_wholly(member, value, words):
    assert words in checked(READ, changed(**{member: value})).violations[0]


def test_the_products_requests_are_closed():
    body = {"sku": "A", "quantity": {"unit": "EACH", "amount": 3}}
    assert checked(changed(method="PUT", request=body)).violations == []
    assert "colour" in checked(changed(method="PUT", request={**body, "colour": "red"})).violations[0]


def test_of_others_only_what_succeeded_is_checked_and_only_the_answer():
    assert checked(stranger(query="colour=red", request={"colour": "red"})).violations == []
    refused = checked(stranger(status=404, response={"colour": "red"}), stranger(status=None, response=None))
    assert (refused.checked, refused.violations) == (0, [])
    assert len(checked(stranger(response={"sku": 3})).violations) > 0


def test_one_wrong_row_among_many_like_it_is_found():
    rows = [{"sku": f"S{number}", "nodes": []} for number in range(200)]
    listed = {"meta": {"totalCount": 200}, "elements": {"inventories": rows}}
    page = changed(path="/v3/inventories", query="limit=50", response=listed)
    wrong = copy.deepcopy(page)
    wrong["response"]["elements"]["inventories"][150]["nodes"] = "none"
    assert checked(page).violations == []
    assert len(checked(page, page, wrong).violations) == 1


def test_the_same_is_validated_once(monkeypatch):
    asked = []
    held = contracts.contracts()
    monkeypatch.setattr(held, "violations", lambda exchange: asked.append(exchange) or [])
    checked(*(changed(query=f"sku={'A' * 3}", response={**READ["response"]}) for _ in range(50)))
    assert len(asked) == 1


def run(folder, *exchanges):
    """A pytest run of one passing test, during which these exchanges are written."""
    lines = "".join(json.dumps(exchange) + "\n" for exchange in exchanges)
    test = f"import os\n\ndef test_it():\n    open(os.environ['CHANNEL_EXCHANGES'], 'a').write({lines!r})\n"
    (folder / "test_it.py").write_text(test)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CHANNEL_", "PYTEST_"))}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(folder)}
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(folder), "-p", "no:django"]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", "-p", "tests.contracts", str(folder / "test_it.py")],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_run_counts_its_exchanges_and_cleans_up(tmp_path):
    done = run(tmp_path, READ, stranger(), stranger(status=500))
    assert (done.returncode, "1 passed" in done.stdout) == (0, True)
    assert "contracts: 2 exchanges checked (1 of the product), 0 violations" in done.stdout
    assert list(tmp_path.glob("contracts-*")) == []


def test_a_violation_turns_a_green_run_red(tmp_path):
    done = run(tmp_path, changed(query="colour=red"))
    assert (done.returncode, "1 passed" in done.stdout) == (1, True)
    assert "2 violations" in done.stdout
    assert "walmart GET /v3/inventory: query: colour is not a parameter of this call" in done.stdout
