"""Programs that run beside this process and never outlive it."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
PATIENCE = 40.0  # seconds: a worker finishes what it is sending within 30
LOOK = 0.05
SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY = 60.0  # seconds after which a program counts as running well
TAIL = 15  # lines

_prctl = ctypes.CDLL(None, use_errno=True).prctl

Say = Callable[[str], None]


@dataclass(frozen=True)
class Program:
    """`log` gets what it writes, from the beginning again; without one it writes where we do."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None


class Child:
    """A running program, the leader of a process group: a Ctrl-C at the terminal reaches it only through us."""

    def __init__(self, program: Program) -> None:
        """From the main thread: the kernel ties the program's life to the thread that starts it."""
        self.program = program
        self.started = time.monotonic()
        parent = os.getpid()

        def live_no_longer() -> None:
            _prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

        with contextlib.ExitStack() as opened:
            output = opened.enter_context(program.log.open("ab")) if program.log else None
            self._process = subprocess.Popen(  # noqa: S603 - our own programs
                list(program.arguments),
                env={**os.environ, **program.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
                preexec_fn=live_no_longer,  # noqa: PLW1509 - no threads run here
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        if self.code is None:
            self._process.terminate()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(seconds, 0))
        return self.code is not None

    def kill(self) -> None:
        """With everything it has started, also when it has ended itself."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def last_words(self) -> str:
        if self.program.log is None:
            return ""
        with self.program.log.open(errors="replace") as lines:
            return "".join(f"  {line}" for line in deque(lines, TAIL)).rstrip()


def stop(children: Sequence[Child], *, patience: float = PATIENCE, hurry: Callable[[], bool] = lambda: False) -> None:
    """Ask all, wait, then kill what is left: at once when somebody is in a `hurry`."""
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + patience
    for child in children:
        while not child.wait(LOOK) and time.monotonic() < deadline and not hurry():
            pass
        child.kill()


class Supervisor:
    """Keeps programs running: one that ends unasked is started again, after a pause that grows while that goes on."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._children: dict[str, Child] = {}
        self._pauses: dict[str, float] = {}
        self._due: dict[str, float] = {}

    def start(self, program: Program) -> Child:
        if program.log:
            program.log.parent.mkdir(parents=True, exist_ok=True)
            program.log.write_bytes(b"")
        self._children[program.name] = Child(program)
        return self._children[program.name]

    @property
    def children(self) -> list[Child]:
        return list(self._children.values())

    def look_after(self) -> None:
        """To be called every second or so."""
        for name, child in self._children.items():
            if child.code is None:
                continue
            if name not in self._due:
                self._ended(name, child)
            elif time.monotonic() >= self._due[name]:
                del self._due[name]
                self._children[name] = Child(child.program)

    def stop(self, *, patience: float = PATIENCE, hurry: Callable[[], bool] = lambda: False) -> None:
        stop(self.children, patience=patience, hurry=hurry)

    def _ended(self, name: str, child: Child) -> None:
        child.kill()  # what it has started and left behind
        steady = time.monotonic() - child.started > STEADY
        pause = SHORTEST_PAUSE if steady else min(self._pauses.get(name, SHORTEST_PAUSE / 2) * 2, LONGEST_PAUSE)
        self._pauses[name] = pause
        self._due[name] = time.monotonic() + pause
        words = child.last_words()
        self._say(
            f"The {name} process ended unexpectedly (code {child.code}); it starts again in {pause:g} s."
            + (f" Its last words:\n{words}" if words else "")
        )
