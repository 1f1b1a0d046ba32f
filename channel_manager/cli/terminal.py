"""Writing to a person, and asking one."""

import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from channel_manager.cli.endings import Code, Stop

WIDTH = 180  # where nobody looks at a window: files, pipes, continuous integration


def console() -> Console:
    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)


def say(words: str) -> None:
    """One line, as it is. A terminal that was closed is no reason to fail."""
    try:
        sys.stdout.write(words + "\n")
        sys.stdout.flush()
    except OSError:
        silence()


def silence() -> None:
    """Write to nowhere from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def complain(words: str) -> None:
    try:
        sys.stderr.write(words + "\n")
        sys.stderr.flush()
    except OSError:
        silence()


def table(*heads: str) -> Table:
    made = Table(box=None, header_style="bold", pad_edge=False)
    for head in heads:
        right = head.startswith(">")
        made.add_column(head.removeprefix(">"), justify="right" if right else "left", overflow="fold")
    return made


def show(rows: Sequence[Sequence[object]], *heads: str) -> None:
    """A table; a head that begins with ">" stands over numbers."""
    made = table(*heads)
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    console().print(made, markup=False)


def ask(question: str, *, instead: str, secret: bool = False, default: str = "") -> str:
    """Raises Stop where nobody can answer; `instead` says how to give the value without being asked."""
    if not sys.stdin.isatty():
        if default:
            return default
        raise Stop(f"{question} is missing. Give it with {instead}.", Code.USAGE)
    import typer  # noqa: PLC0415 - only here, where somebody types

    answer: str = typer.prompt(question, hide_input=secret, default=default or None)
    return answer.strip()
