"""Storing the state in a JSON file, so that a demo continues where it stopped."""

import asyncio
import contextlib
import os
from pathlib import Path

import msgspec

from channel_simulators.walmart.state import State
from channel_simulators.walmart.world import World

PAUSE = 0.2
"""Seconds in which changes gather before they are written."""


def load(file: Path | None) -> State | None:
    """None without a file. Raise msgspec.DecodeError for one that is no state."""
    if file is None or not file.exists():
        return None
    return msgspec.json.decode(file.read_bytes(), type=State)


def save(state: State, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(file.name + ".new")
    new.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=1))
    os.replace(new, file)  # noqa: PTH105 - atomic by name


async def keep(world: World, file: Path) -> None:
    """Write after each burst of changes, and once more when cancelled."""
    written = world.changes
    try:
        while True:
            await asyncio.sleep(PAUSE)
            if world.changes != written:
                written = world.changes
                save(world.state, file)
    finally:
        with contextlib.suppress(OSError):
            save(world.state, file)
