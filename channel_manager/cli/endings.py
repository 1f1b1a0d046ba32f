"""How a command ends: its exit code, and one clear sentence instead of a traceback for what a person can put right."""

import enum
import sys

SECRETS = "Check CHANNEL_MANAGER_DATA and CHANNEL_MANAGER_CREDENTIAL_KEYS."


class Code(enum.IntEnum):
    """Documented in docs/operating.md and at the end of `channel-manager --help`."""

    DONE = 0
    PROBLEM = 1
    USAGE = 2
    NOT_FOUND = 3
    DATABASE = 4
    CONFIGURATION = 5


class Stop(Exception):
    """The command cannot go on; the sentence says why and what to do."""

    def __init__(self, sentence: str, code: Code = Code.PROBLEM) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


def explain(error: BaseException) -> Stop | None:
    """What an error means to the person at the terminal; None for one that is our own mistake.

    Nothing is imported for it: an error of a module that was not loaded cannot have been raised.
    """
    if isinstance(error, Stop):
        return error
    if _is(error, "channel_manager.config.postgres.errors", "EmbeddedPostgresError"):
        return Stop(str(error), Code.DATABASE)
    if _is(error, "django.core.exceptions", "ImproperlyConfigured"):
        return explain(error.__cause__) if error.__cause__ else Stop(str(error), Code.CONFIGURATION)
    if _is(error, "channel_manager.shared.secrets", "SecretsError"):
        return Stop(f"{error} {SECRETS}", Code.CONFIGURATION)
    if _is(error, "django.db.utils", "OperationalError") or _is(error, "django.db.utils", "InterfaceError"):
        return Stop(f"The database cannot be reached: {_first_line(error)}", Code.DATABASE)
    return None


def _is(error: BaseException, module: str, name: str) -> bool:
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(error, getattr(loaded, name))


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
