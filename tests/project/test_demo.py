"""The demo as it is run: its processes, its folder, its ports, and the story it plays."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from channel_manager.cli import ports
from channel_manager.cli.demo.arrivals import FIRST, FULL, LOW, MOST, SOLD_OUT, Arrivals
from channel_manager.cli.demo.comparison import Compared, Side, Units
from channel_manager.cli.demo.simulators import Commerce, Walmart, for_sale
from channel_manager.cli.demo.stage import Folder
from channel_manager.cli.endings import Stop
from channel_manager.cli.processes import Child, Program, Supervisor, stop
from channel_simulators.commerce.server import CommerceServer
from channel_simulators.walmart.server import WalmartServer

SLEEPER = "import signal, time\n{}\nprint('ready', flush=True)\ntime.sleep(60)"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"


# ---- the processes ----


@pytest.mark.slow
def test_played_once_both_sides_agree(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "channel_manager", "demo", "--once"],
        cwd=tmp_path, env=os.environ | {"TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert re.search(r"Both sides agree on all 18 orders, \d+\.\d s", done.stdout)
    assert "shipped on our page → Walmart" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_demo_stops_on_every_signal_and_continues_with_its_data(tmp_path):
    places = tmp_path / "demo", free_row()
    with demo(*places) as running:
        wait_for(running, "cancel request")
        assert fetch(places[1], "/sign-in")
        assert "already" not in fetch(places[1] + 1, "/")
        assert "A demo is running" in command("--reset", *places)
        assert "A demo is running" in command(*places)
        running.send_signal(signal.SIGINT)
        assert "Stopped." in running.communicate(timeout=30)[0]
        assert running.returncode == 0
    assert not answers(places[1]), "a child outlived the demo"
    orders = (tmp_path / "demo" / "simulators" / "walmart-simulator.json").read_text().count("purchase_order_id")

    with demo(*places) as running:
        words = wait_for(running, "Walmart releases order")
        running.send_signal(signal.SIGHUP)
        words += running.communicate(timeout=30)[0]
        assert running.returncode == 0
    assert words.count("Walmart releases order") == 1
    file = tmp_path / "demo" / "simulators" / "walmart-simulator.json"
    assert file.read_text().count("purchase_order_id") > orders >= len(FIRST)

    with demo(*places) as running:
        wait_for(running, "Walmart releases order")
        running.kill()
    assert wait_until(lambda: not answers(places[1]) and not answers(places[1] + 1) and not answers(places[1] + 2))

    assert "Removed" in command("--reset", *places)
    assert not (tmp_path / "demo").exists()


def test_a_taken_port_is_told_before_anything_starts(tmp_path):
    port = free_row()
    with socket.create_server(("127.0.0.1", port + 1)):
        said = command(tmp_path / "demo", port)
    assert f"Port {port + 1} (Walmart simulator) is in use" in said
    assert not (tmp_path / "demo" / "postgres").exists()


def test_a_folder_that_is_no_demo_is_never_removed(tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    assert "is not the folder of a demo" in command("--reset", tmp_path, 8000)
    assert (tmp_path / "letters.txt").read_text() == "mine"


def test_a_stubborn_program_is_killed_with_its_children_once_patience_ends(tmp_path):
    log = tmp_path / "log"
    child = Child(Program("stubborn", [sys.executable, "-c", SLEEPER.format(STUBBORN)], log=log))
    assert wait_until(lambda: "ready" in log.read_text())
    began = time.monotonic()
    stop([child], patience=0.3)
    assert child.code == -signal.SIGKILL
    assert time.monotonic() - began < 5
    assert child.last_words() == "  ready"


def test_a_program_that_ends_is_started_again_after_a_growing_pause(tmp_path):
    said = []
    supervisor = Supervisor(said.append)
    supervisor.start(Program("brief", [sys.executable, "-c", "print('oh no')"], log=tmp_path / "log"))
    assert wait_until(lambda: supervisor.look_after() or len(said) == 2)
    supervisor.stop()
    assert [re.search(r"again in (\S+) s", words)[1] for words in said] == ["1", "2"]
    assert "oh no" in said[0]


def test_a_program_dies_with_the_process_that_started_it():
    script = (
        "import os, signal, sys\nfrom channel_manager.cli.processes import Child, Program\n"
        f"child = Child(Program('x', [sys.executable, '-c', {SLEEPER.format('')!r}]))\n"
        "print(child.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert wait_until(lambda: not alive(int(done.stdout.split()[0])))


# ---- what arrives ----


def test_orders_of_different_shapes_arrive_and_the_shelves_are_filled():
    with WalmartServer() as walmart, CommerceServer() as commerce:
        arrivals = Arrivals(Walmart(walmart.url), Commerce(commerce.url), placed=0)
        first = arrivals.first()
        sku = for_sale(Commerce(commerce.url).products())[0][0]
        commerce.control.set_stock(sku, LOW - 1)
        later = [arrivals.next() for _ in range(20)]
        kinds = {order["ship_node_type"] for order in walmart.control.orders()}

        assert [shape for shape, _ in first] == list(FIRST)
        assert {"unknown_sku", "out_of_stock_sku", "replacement"} <= {shape for shape, _ in later}
        assert kinds == {"SellerFulfilled", "WFSFulfilled", "3PLFulfilled"}
        assert commerce.control.salable(sku) == LOW - 1 + FULL
        assert commerce.control.salable(SOLD_OUT) == 0
        assert not arrivals.due()
        assert arrivals.pause > 8
        arrivals.placed = MOST
        assert arrivals.finished()


# ---- the comparison ----

AGREED = Compared(
    number="1",
    walmart=Side({"1": Units(2, 1, 1)}, Decimal("9.99")),
    by_sku={"MUG": Units(2, 1, 1)},
    ours=Side({"1": Units(2, 1, 1)}, Decimal("9.99")),
    status="Shipped",
    trouble=False,
    acknowledged=True,
    commerce=Side({"MUG": Units(2, 1, 1)}, Decimal("9.99")),
)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, []),
        ({"walmart": Side({"1": Units(2, 2, 0)}, Decimal("9.99"))}, ["our lines are not Walmart's"]),
        ({"commerce": None}, ["missing in Commerce"]),
        ({"commerce": Side({"MUG": Units(2, 1, 0)}, Decimal("9.99"))}, ["Commerce’s items are not Walmart's"]),
        ({"commerce": Side({"MUG": Units(2, 1, 1)}, Decimal("9.98"))}, ["Commerce’s total is not Walmart's"]),
        ({"ours": Side({"1": Units(2, 1, 1)}, Decimal("9.98"))}, ["our total is not Walmart's"]),
        ({"trouble": True, "acknowledged": False}, ["the order shows an error", "not acknowledged"]),
    ],
)
def test_a_difference_between_the_sides_is_told(changed, words):
    assert replace(AGREED, **changed).differences(in_commerce=True) == words


def test_an_order_that_must_stay_out_of_commerce_is_told_when_it_is_there():
    assert AGREED.differences(in_commerce=False) == ["should not be in Commerce"]
    assert replace(AGREED, commerce=None).differences(in_commerce=False) == []


# ---- helpers of these tests ----


@contextlib.contextmanager
def demo(data, port):
    running = subprocess.Popen(
        [sys.executable, "-m", "channel_manager", "demo", f"--data={data}", f"--port={port}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def command(*words):
    """`demo` with options, a folder and a port; what it said before it ended."""
    *options, data, port = words
    done = subprocess.run(
        [sys.executable, "-m", "channel_manager", "demo", *options, f"--data={data}", f"--port={port}"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.stdout + done.stderr


def wait_for(running, words):
    """Everything it says until a line has the words."""
    said = ""
    for line in running.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


def free_row():
    """The first of three free ports in a row."""
    for port in ports.free(20):
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for number in range(port, port + 3):
                held.enter_context(socket.create_server(("127.0.0.1", number)))
            return port
    raise AssertionError


def fetch(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as reply:
        return reply.read().decode()


def answers(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
        return True
    return False


def alive(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def wait_until(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_data_of_another_version_is_refused_with_what_to_do(tmp_path):
    folder = Folder(tmp_path)
    with folder:
        folder.require_continuable()
        folder.require_continuable()
        (tmp_path / "simulators").mkdir()
        folder.require_continuable()
        (tmp_path / "generation").write_text("0")
        with pytest.raises(Stop, match="make demo-reset"):
            folder.require_continuable()
