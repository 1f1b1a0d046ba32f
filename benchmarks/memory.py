"""Memory of each process as its proportional share (PSS): pages that processes share are counted once in all."""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.installation import Installation
from benchmarks.table import Row

PROC = Path("/proc")


def measure(installation: Installation) -> list[Row]:
    children = _children()
    rows = [_row(name, _tree(installation.processes[name].pid, children)) for name in ("web", "worker")]
    server = int((installation.folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    rows.append(_row("postgres", _tree(server, children)))
    rows.append(_row("postgres supervisor", [_parent(server)]))
    return rows


def _row(name: str, processes: list[int]) -> Row:
    count = "1 process" if len(processes) == 1 else f"{len(processes)} processes"
    return Row(what=f"Memory of {name}", ours=sum(map(_pss, processes)) / 1024, unit="MiB", note=f"PSS, {count}")


def _tree(root: int, children: dict[int, list[int]]) -> list[int]:
    return [root, *(pid for child in children.get(root, []) for pid in _tree(child, children))]


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for pid in _processes():
        try:
            found.setdefault(_parent(pid), []).append(pid)
        except OSError:
            continue
    return found


def _processes() -> Iterable[int]:
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal())


def _parent(pid: int) -> int:
    """The name of a process stands in parentheses and may hold anything."""
    return int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])


def _pss(pid: int) -> int:
    """KiB; nothing for a process that has just ended."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
