"""The state as one JSON file, replaced whole."""

import os
from decimal import Decimal
from pathlib import Path

import msgspec

from channel_simulators.commerce.store.state import State

# Number columns always carry decimal places, so every JSON number with a point is a Decimal again.
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(State, float_hook=Decimal)


class UnreadableStateError(Exception):
    """The file was written by another version, or by something else."""


def load(file: Path) -> State | None:
    """None if there is no file yet; raises UnreadableStateError."""
    if not file.exists():
        return None
    try:
        return _decoder.decode(file.read_bytes())
    except msgspec.MsgspecError as error:
        raise UnreadableStateError(
            f"{file} is not a shop of this version ({error}). Remove it to begin anew."
        ) from None


def save(state: State, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(file.name + ".new")
    scratch.write_bytes(_encoder.encode(state))
    os.replace(scratch, file)  # noqa: PTH105 - Path.replace hides that the target may exist
