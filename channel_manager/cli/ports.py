"""TCP ports: whether they are free, before anything is started."""

import socket
from collections.abc import Mapping
from contextlib import ExitStack

from channel_manager.cli.endings import Stop


def require_free(host: str, wanted: Mapping[str, int], advice: str) -> None:
    """`wanted`: ports by what they are for. Raises Stop naming every one that is taken."""
    taken = [f"{port} ({purpose})" for purpose, port in wanted.items() if not _is_free(host, port)]
    if taken:
        raise Stop(f"Port {', '.join(taken)} is in use by another program. {advice}")


def free(count: int) -> list[int]:
    """Different ports of the loopback address that nobody uses now."""
    with ExitStack() as held:
        return [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


def _is_free(host: str, port: int) -> bool:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        socket.create_server((host, port), family=family).close()
    except PermissionError as error:
        raise Stop(f"Port {port} needs more rights than you have: choose one above 1023.") from error
    except OSError as error:
        if isinstance(error, socket.gaierror):
            raise Stop(f"{host} is not an address of this machine.") from error
        return False
    return True
