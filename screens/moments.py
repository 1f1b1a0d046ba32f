"""When everything in the pictures happened: days are played in minutes, and the clock is set right afterwards."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from channel_manager.sync import sql

NOW = datetime(2026, 11, 23, 15, 0, 20, tzinfo=UTC)
"""Of every picture. The web server stands at it (`screens.server`)."""
ZONE = "America/Chicago"
"""Where the viewer sits."""
SLOWER = 30
"""Seconds that were needed for one second of the pictures: nothing that was played lasts long there."""

COLUMNS = """
    SELECT table_name AS table, json_agg(column_name)::text AS columns FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' AND is_generated = 'NEVER'
      AND table_name !~ '^(procrastinate|django|axes)_'
    GROUP BY table_name ORDER BY table_name
"""
TELL = """
    CREATE OR REPLACE FUNCTION pg_temp.told(played timestamptz) RETURNS timestamptz STABLE LANGUAGE sql AS $$
        SELECT CASE
            WHEN played >= (SELECT max(since) FROM screens_mark)
                THEN (SELECT max(told) FROM screens_mark) + (played - (SELECT max(since) FROM screens_mark))
            WHEN played < (SELECT min(since) FROM screens_mark)
                THEN (SELECT min(told) FROM screens_mark) + (played - (SELECT min(since) FROM screens_mark))
            ELSE (SELECT told + (played - since) / %s FROM screens_mark WHERE since <= played
                  ORDER BY since DESC LIMIT 1) END $$
"""


STANDS_STILL = """
    CREATE SCHEMA still;
    CREATE FUNCTION still.now() RETURNS timestamptz STABLE LANGUAGE sql AS $$ SELECT '{now}'::timestamptz $$;
    CREATE FUNCTION still.statement_timestamp() RETURNS timestamptz STABLE LANGUAGE sql AS $$ SELECT still.now() $$;
    CREATE FUNCTION still.clock_timestamp() RETURNS timestamptz STABLE LANGUAGE sql AS $$ SELECT still.now() $$;
    ALTER DATABASE "{database}" SET search_path TO still, pg_catalog, public;
"""


def moment(text: str) -> datetime:
    """“11-19 14:05” of the year of the pictures, in UTC."""
    return datetime.strptime(f"{NOW.year}-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


class Calendar:
    """What was played since a mark is told from that mark's moment on."""

    def __init__(self) -> None:
        self._marks: list[tuple[datetime, datetime]] = []

    def mark(self, told: datetime) -> None:
        if self._marks and told < self._marks[-1][1]:
            raise ValueError(f"{told} comes after {self._marks[-1][1]}.")
        self._marks.append((datetime.now(UTC), told))

    def settle(self) -> None:
        """Rewrite every moment that is stored: order and neighbourhood stay, and what is ahead stays as far ahead."""
        self._marks.append((datetime.now(UTC), NOW))
        sql.execute("CREATE TEMPORARY TABLE screens_mark (since timestamptz, told timestamptz)")
        for since, told in self._marks:
            sql.execute("INSERT INTO screens_mark VALUES (%s, %s)", [since, told])
        sql.execute(TELL % SLOWER)
        for row in sql.rows(COLUMNS):
            sql.execute(_rewrite(row["table"], _names(row["columns"])))


def stand_still() -> None:
    """From the next connection on, the database says the moment of the pictures too."""
    database = sql.rows("SELECT current_database() AS name")[0]["name"]
    sql.execute(STANDS_STILL.format(now=NOW.isoformat(), database=database))


def _names(text: str) -> list[str]:
    return [name.strip('" ') for name in text.strip("[]").split(",")]


def _rewrite(table: str, columns: Iterable[str]) -> str:
    changes = ", ".join(f'"{name}" = pg_temp.told("{name}")' for name in columns)
    return f'UPDATE "{table}" SET {changes}'  # noqa: S608 - names of our own tables


def ahead(**time: float) -> datetime:
    """So far from the moment of the pictures; `hours` and so on, negative ones before it."""
    return NOW + timedelta(**time)
