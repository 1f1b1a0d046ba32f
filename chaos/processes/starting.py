"""What every throw-away installation needs: free ports, servers that answer, processes that end, a prepared database.

Knows no Django before `prepare`, since the settings start the database.
"""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress

HOST = "127.0.0.1"
PATIENCE = 60.0


def free_port() -> int:
    with socket.create_server((HOST, 0)) as held:
        port: int = held.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Raises TimeoutError."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError(f"Waited {seconds:.0f} seconds for {what}.")
        time.sleep(0.02)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own server
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """With what it has forked, which is in its group: it was started as a session of its own."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def prepare() -> None:
    """Sets Django up and makes the tables."""
    import django  # noqa: PLC0415 - see above
    from django.core.management import call_command  # noqa: PLC0415 - see above

    django.setup()
    call_command("migrate", verbosity=0)


def close_connections() -> None:
    from django.db import connections  # noqa: PLC0415 - see above

    connections.close_all()
