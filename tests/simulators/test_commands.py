"""The simulators from a shell: a buyer's, a merchant's and a saboteur's acts on running servers."""

import json

import pytest

from channel_simulators.__main__ import main
from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.control_client import WalmartControl
from channel_simulators.walmart.server import WalmartServer


@pytest.fixture
def run(capsys):
    with WalmartServer() as walmart, CommerceServer() as commerce:

        def command(*words):
            main(["--walmart", walmart.url, "--commerce", commerce.url, *words])
            return capsys.readouterr().out.strip()

        command.walmart = walmart.url
        yield command


def test_a_buyer_buys_and_asks_to_cancel(run):
    number = run("buy", "--line", "CAP/BLK 1:2:9.99")
    run("ask-to-cancel", number)
    shown = json.loads(run("show", number))
    (line,) = shown["walmart"]["lines"]
    assert (line["sku"], line["ordered"], line["intent_to_cancel"]) == ("CAP/BLK 1", 2, True)
    assert shown["commerce"] is None


def test_every_shape_can_be_bought_by_name(run):
    assert len(run("buy", "duplicate_sku_lines")) == 13


def test_a_buyer_returns_some_and_the_goods_arrive(run):
    number = run("buy", "--line", "CAP:3:9.99")
    WalmartControl(run.walmart).ship_elsewhere(number)
    rma = run("return", number, "--line", "1:2", "--reason", "DAMAGED")
    (line,) = json.loads(run("deliver-return", rma))["lines"]
    assert (line["reason"], line["quantity"], line["delivered"], line["status"]) == ("DAMAGED", 2, 2, "DELIVERED")
    cancelled = run("return", number, "--line", f"{number}:1:1", "--kind", "instant")
    with pytest.raises(SystemExit, match="Nothing is left to cancel"):
        run("cancel-return", cancelled)
    ended = json.loads(run("cancel-return", rma, "--reason", "Changed my mind"))
    assert (ended["cancellation_reason"], ended["lines"][0]["cancelled"]) == ("Changed my mind", 2)


def test_calls_fail_as_asked(run):
    assert (
        run("fault", "walmart", "status_before", "--status", "503", "--times", "2")
        == "The next 2 calls that match fail."
    )


def test_a_refusal_is_the_simulators_sentence(run):
    with pytest.raises(SystemExit) as refused:
        run("buy", "no-such-shape")
    assert "no-such-shape" in str(refused.value)
    with pytest.raises(SystemExit):
        run("ship", "123")
