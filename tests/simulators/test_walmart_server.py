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
from tests.contracts import violations


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
        server.control.refund_order_at_walmart(po, "1", quantity=1, comments="worn")
        server.control.set_scopes(reports="no_access")
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
        alice.control.refund_order_at_walmart(po, "1", quantity=1)
        with urllib.request.urlopen(alice.server.url, timeout=5) as response:
            page = response.read().decode()
    for shown in (
        po,
        "sandbox-client",
        "&lt;b&gt; × 2",
        "Bob &amp; Co",
        "UPS 1Z7",
        "Refund 1 · $10.40",
        "Buyer asked to cancel",
        "<td>9<td>1<td>8",
    ):
        assert shown in page
    assert "<b>" not in page


def test_the_api_tells_how_its_groups_are():
    with seller() as alice:
        alice.control.set_api_status("Orders", "SERVICE_OUTAGE")
        shown = alice.get("/v3/utilities/apiStatus").json["apiStatuses"]
        with pytest.raises(ValueError, match="SERVICE_DEGRADATION"):
            alice.control.set_api_status("Orders", "asleep")
        assert "<apiGroup>Returns</apiGroup>" in alice.get("/v3/utilities/apiStatus", Accept=None).text
        exchange = alice.control.requests()[1]
    statuses = {entry["apiGroup"]: entry["status"] for entry in shown}
    assert (len(statuses), statuses["Orders"], statuses["Returns"]) == (11, "SERVICE_OUTAGE", "OPERATIONAL")
    assert violations([exchange]) == []


@pytest.fixture
def unrecorded(monkeypatch):
    """What the published contracts do not have is not held against them."""
    monkeypatch.delenv("CHANNEL_EXCHANGES", raising=False)


def test_the_accounts_settings_can_be_read(unrecorded):
    with seller() as alice:
        profile = alice.get("/v3/settings/partnerprofile").json
        (node,) = alice.get("/v3/settings/shipping/shipnodes").json
        methods = alice.get("/v3/settings/shipping/carriers").json
        assert "<carrierMethodName>UPS" in alice.get("/v3/settings/shipping/carriers", Accept=None).text
    assert profile["partner"]["partnerId"] == "10020300000"
    assert (node["shipNode"], node["status"]) == ("10000003527", "ACTIVE")
    assert [method["carrierMethodName"] for method in methods] == ["USPS", "UPS", "FEDEX", "ONTRAC"]


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
