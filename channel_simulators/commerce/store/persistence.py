"""The state as one JSON file, replaced whole."""

import os
from decimal import Decimal
from pathlib import Path

import msgspec

from channel_simulators.commerce.store.state import State

# Number columns always carry decimal places, so every JSON number with a point is a Decimal again.
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(State, float_hook=Decimal)


def load(file: Path) -> State | None:
    return _decoder.decode(file.read_bytes()) if file.exists() else None


def save(state: State, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(file.name + ".new")
    scratch.write_bytes(_encoder.encode(state))
    os.replace(scratch, file)  # noqa: PTH105 - Path.replace hides that the target may exist
