"""Where workers are born: a process with everything loaded, which forks one for each line on its standard input.

A worker that is killed every few seconds would otherwise cost more than all that it does. “name journal” begets;
“born name pid” and “gone name code” are told.
"""

import ctypes
import gc
import os
import select
import signal
import sys
import traceback

import django

from channel_manager.worker import schedules
from chaos.processes import worker
from chaos.processes.child import PR_SET_PDEATHSIG

LOOK = 0.05


def main() -> None:
    schedules.PERIODIC["sweep"] = "* * * * * *"
    django.setup()
    worker.hasten()
    import channel_manager.gateways  # noqa: PLC0415 - loaded once for all
    import channel_manager.worker.run  # noqa: F401, PLC0415 - as above

    gc.freeze()
    alive: dict[int, str] = {}
    while (asked := _asked()) is not None:
        for line in asked:
            name, journal = line.split(" ", 1)
            pid = os.fork()
            if pid == 0:
                _live(name, journal)
            alive[pid] = name
            _tell(f"born {name} {pid}")
        _bury(alive)


def _asked() -> list[str] | None:
    """Lines that have come, after a moment at most; None at the end. Lines are short, and so never torn."""
    if not select.select([0], [], [], LOOK)[0]:
        return []
    text = os.read(0, 65536).decode()
    return text.splitlines() if text else None


def _bury(alive: dict[int, str]) -> None:
    while alive:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        _tell(f"gone {alive.pop(pid)} {os.waitstatus_to_exitcode(status)}")


def _live(name: str, journal: str) -> None:
    """As a process of its own, which is gone with its nursery."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        worker.live(name, journal)
        code = 0
    except BaseException:  # noqa: BLE001 - the process ends here, whatever it was
        traceback.print_exc()
    os._exit(code)


def _tell(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
