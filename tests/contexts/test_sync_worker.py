"""The worker as a process of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from sync_toys import Note, forget_jobs

from channel_manager.ports.messages import Platform
from channel_manager.sync import sql, wakeups
from channel_manager.sync.lanes.key import LaneKey

HERE = Path(__file__).parent


class Stuck(Note):
    name = "stuck"


def until(condition, *, seconds):
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def start_worker(world):
    """Starts workers on the test database; whatever still runs at the end is killed."""
    settings = connection.settings_dict
    address = urlencode({"host": settings["HOST"], "port": settings["PORT"]})
    user = f"{quote(settings['USER'], safe='')}:{quote(settings['PASSWORD'], safe='')}"
    url = f"postgresql://{user}@/{settings['NAME']}?{address}"
    started = []

    def start():
        workers = _workers()
        process = subprocess.Popen(
            [sys.executable, str(HERE / "sync_toy_worker.py")], env=os.environ | {"DATABASE_URL": url}
        )
        started.append(process)
        until(lambda: _workers() > workers, seconds=20)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
    forget_jobs()


def _workers():
    return sql.rows("SELECT coalesce(max(id), 0) AS newest FROM procrastinate_workers")[0]["newest"]


def test_what_is_asked_is_delivered_within_a_second_and_the_worker_stops_cleanly(world, start_worker):
    worker = start_worker()
    asked = time.monotonic()
    operation = world.ask()
    until(lambda: world.states() == {operation: "done"}, seconds=5)
    assert time.monotonic() - asked < 1
    forget = world.ask(note="lost wake-up")
    sql.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
    until(lambda: world.states()[forget] == "done", seconds=5)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=10) == 0


def test_a_killed_worker_loses_and_doubles_nothing(world, start_worker):
    first = start_worker()
    stuck, other = world.ask(kind=Stuck), world.ask(subject="order:2")
    until(lambda: world.states() == {stuck: "sending", other: "done"}, seconds=5)
    first.kill()
    first.wait()
    world.hasten()
    start_worker()
    until(lambda: world.states() == {stuck: "done", other: "done"}, seconds=10)
    assert world.outcomes(stuck) == ["lost", "sent"]


@pytest.mark.slow
def test_a_worker_comes_back_when_the_database_does(world, start_worker):
    start_worker()
    sql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    operation = world.ask()
    until(lambda: world.states() == {operation: "done"}, seconds=30)


def test_what_takes_long_waits_in_a_queue_of_its_own_which_is_worked_off_too(world, start_worker):
    feeds, ships = (wakeups.delivery(LaneKey(world.store.pk, Platform.MARKETPLACE, f)) for f in ("feed_stock", "ship"))
    sweep, orders = (wakeups.pull(world.store.pk, stream) for stream in ("all_stock", "released"))
    assert [one.queue for one in (feeds, sweep, ships, orders)] == ["behind", "behind", "default", "default"]
    start_worker()
    for one in (feeds, ships):
        one()
    until(lambda: not sql.rows("SELECT 1 FROM procrastinate_jobs WHERE task_name = 'deliver'"), seconds=5)
