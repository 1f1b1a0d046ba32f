"""Ask a server whether it takes connections."""

import enum
from typing import TYPE_CHECKING, Any

from channel_manager.config.postgres.errors import EmbeddedPostgresError

if TYPE_CHECKING:
    import psycopg

TIMEOUT = 10  # seconds; a server under load answers late


class Answer(enum.Enum):
    READY = "ready"
    STARTING = "starting"
    ABSENT = "absent"
    REFUSED = "refused"
    FULL = "full"


def probe(url: str) -> Answer:
    import psycopg  # noqa: PLC0415 - the supervisor imports this package and needs no client library

    try:
        psycopg.connect(url, connect_timeout=TIMEOUT, application_name="channel-manager probe").close()
    except psycopg.OperationalError as error:
        # libpq gives no SQLSTATE for a refused connection; the server's messages are in English (lc_messages C).
        words = str(error)
        if "password authentication failed" in words:
            return Answer.REFUSED
        if "too many clients" in words or "connection slots" in words:
            return Answer.FULL
        if "the database system is" in words and "shutting down" not in words:
            return Answer.STARTING
        return Answer.ABSENT
    return Answer.READY


def create_database(maintenance_url: str, name: str) -> None:
    """Create the database unless it exists; another process may do the same at this moment."""
    import psycopg  # noqa: PLC0415 - as above

    try:
        with psycopg.connect(maintenance_url, autocommit=True, connect_timeout=TIMEOUT) as connection:
            if not _exists(connection, name):
                connection.execute("SELECT pg_advisory_lock(hashtext('create the database'))")
            if not _exists(connection, name):
                connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    except psycopg.Error as error:
        raise EmbeddedPostgresError(f"The database {name} could not be created: {error}") from error


def _exists(connection: "psycopg.Connection[Any]", name: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
