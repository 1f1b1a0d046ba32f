"""Starting, stopping, keeping the state, and the page."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from walmart_seller import seller

from channel_simulators.walmart.control_client import WalmartControl
from channel_simulators.walmart.server import WalmartServer


def test_the_state_survives_a_restart(tmp_path):
    file = tmp_path / "deep" / "walmart.json"
    with WalmartServer(state_file=file) as server:
        server.control.add_account("bob", "secret")
        po = server.control.place_shape(
            "several_lines", [("A", "Mug", "12.50"), ("B", "Cap", "3.10"), ("C", "Pen", "1.00")]
        )
        server.control.ship_elsewhere(po, lines=[("1", 1)])
        server.control.set_stock("A", 9)
        server.control.set_options(zero_phones=False)
        server.control.advance_clock(3600)
        before, clock = server.control.state(), server.control.now()
    with WalmartServer(state_file=file) as server:
        assert server.control.state() == before
        assert server.control.now() >= clock
        assert server.control.options()["zero_phones"] is False
    assert [path.name for path in file.parent.iterdir()] == ["walmart.json"]


def test_a_taken_port_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="address already in use"):
        WalmartServer(port=taken.getsockname()[1]).start()


def test_the_page_shows_accounts_orders_and_stock():
    with seller() as alice:
        po = alice.control.place_order(lines=[{"sku": "<b>", "quantity": 2}], buyer={"name": "Bob & Co"})
        alice.control.ship_elsewhere(po, lines=[("1", 1)], number="1Z7")
        alice.control.buyer_requests_cancel(po)
        alice.control.set_stock("<b>", 9)
        with urllib.request.urlopen(alice.server.url, timeout=5) as response:
            page = response.read().decode()
    for shown in (
        po,
        "sandbox-client",
        "&lt;b&gt; × 2",
        "Bob &amp; Co",
        "UPS 1Z7",
        "Buyer asked to cancel",
        "<td>9<td>1<td>8",
    ):
        assert shown in page
    assert "<b>" not in page


def test_an_unknown_option_is_refused():
    with seller() as alice, pytest.raises(ValueError, match="colour"):
        alice.control.set_options(colour="red")


def test_the_command_serves_and_stops_cleanly(tmp_path):
    file = tmp_path / "walmart-simulator.json"
    command = [sys.executable, "-m", "channel_simulators", "walmart", "--port", "0", "--state-dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().split()[-1]
            po = WalmartControl(url).place_order()
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert list(json.loads(file.read_text())["orders"]) == [po]
