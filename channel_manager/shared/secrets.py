"""Encryption of what must not be readable in a copy of the database."""

import os
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from channel_manager.shared.sentences import Sentence, say


class SecretsError(Exception):
    """The key is missing, unreadable or not the one the data was written with."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(str(sentence))


def load_or_create_keys(file: Path, environment: str = "") -> list[str]:
    """The keys, newest first: from the environment (comma-separated), else from a file that only its owner may read.

    A missing file is created with one fresh key. Raises SecretsError if others may read the file.
    """
    if environment:
        return [key.strip() for key in environment.split(",") if key.strip()]
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_keys(file)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(Fernet.generate_key().decode() + "\n")
    return _read_keys(file)


def _read_keys(file: Path) -> list[str]:
    if file.stat().st_mode & 0o077:
        raise SecretsError(say("The key file %(file)s can be read by others. Run: chmod 600 %(file)s", file=file))
    keys = file.read_text().split()
    if not keys:
        raise SecretsError(
            say("The key file %(file)s is empty. Restore it from a backup; without it no credentials open.", file=file)
        )
    return keys


class Box:
    """Seals JSON values. The first key seals, every key opens, so that keys can be rotated."""

    def __init__(self, keys: list[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise SecretsError(
                say("A key must be 32 bytes in URL-safe base64 (made by `channel-manager key`).")
            ) from error

    def seal(self, value: dict[str, str]) -> bytes:
        return self._fernet.encrypt(msgspec.json.encode(value))

    def open(self, sealed: bytes) -> dict[str, str]:
        try:
            return msgspec.json.decode(self._fernet.decrypt(sealed), type=dict[str, str])
        except InvalidToken as error:
            raise SecretsError(say("These credentials were sealed with another key. Restore that key file.")) from error
