"""The one error of the launcher."""

from pathlib import Path


class EmbeddedPostgresError(Exception):
    """The embedded database cannot be used; the words say why and what to do about it."""


def unusable(folder: Path, error: OSError) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"The database folder {folder} cannot be used: {error.strerror or error} ({error.filename or folder}). Put this"
        " right, or choose another folder by setting CHANNEL_MANAGER_DATA."
    )
