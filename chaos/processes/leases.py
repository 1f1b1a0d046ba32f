"""What the dead held: leases that no living worker stands behind any more run out at once, as if time had passed.

Leases of the living are never touched: a worker that still sends must keep what it holds.
"""

from pathlib import Path

from channel_manager.sync import sql

HELD = """
    SELECT 'op ' || id || ' ' || attempt AS held FROM sync_operation WHERE state = 'sending' AND lease_until > now()
    UNION ALL
    SELECT 'stream ' || id || ' ' || lease FROM sync_stream_cursor WHERE lease_until > now()
"""
END_OPERATION = "UPDATE sync_operation SET lease_until = now() WHERE state = 'sending' AND id = %s AND attempt = %s"
END_STREAM = "UPDATE sync_stream_cursor SET lease_until = now() WHERE id = %s AND lease = %s"
SETTLES = 6
"""Looks after which what a living worker has ended, and not written down, is not going to be."""


class Journals:
    """Reads on where it stopped; a line that is being written is left for the next time."""

    def __init__(self) -> None:
        self._read: dict[Path, int] = {}
        self._holder: dict[str, str] = {}
        self._ended: dict[str, int] = {}

    def look(self, journals: dict[str, Path]) -> None:
        for worker, path in journals.items():
            if path.exists():
                self._take(worker, path)

    def _take(self, worker: str, path: Path) -> None:
        with path.open("rb") as journal:
            journal.seek(self._read.get(path, 0))
            text = journal.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read[path] = self._read.get(path, 0) + len(whole)
        for line in whole.decode().splitlines():
            sign, _, held = line.partition(" ")
            if sign == "+":
                self._holder[held] = worker
                self._ended.pop(held, None)
            else:
                self._ended[held] = 0

    def let_go(self, dead: set[str]) -> int:
        """End what nobody holds; how many leases. One query when there is nothing to end."""
        ended = 0
        for held in [row["held"] for row in sql.rows(HELD)]:
            if self._holder.get(held) in dead or self._is_over(held):
                kind, first, second = held.split()
                ended += sql.execute(END_OPERATION if kind == "op" else END_STREAM, [int(first), int(second)])
        return ended

    def _is_over(self, held: str) -> bool:
        if held not in self._ended:
            return False
        self._ended[held] += 1
        return self._ended[held] > SETTLES
