"""Raw statements: JSON for PostgreSQL, rows out of it, and transactions asked for from the wire's side."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

import msgspec
from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction
from django.db.backends.utils import CursorWrapper

Row = dict[str, Any]
LOST = (OperationalError, InterfaceError)
"""The database could not do it: nobody's mistake."""

P = ParamSpec("P")
R = TypeVar("R")


def in_thread(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """The function, which minds its own transactions, awaited from asynchronous code."""

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        return function(*args, **kwargs)

    return sync_to_async(call, thread_sensitive=True)


def in_transaction(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """The function as one transaction of its own, awaited from asynchronous code."""
    return in_thread(transaction.atomic(function))


def json(value: Any) -> str:
    """Money, times and enumerations become strings. PostgreSQL's jsonb refuses the character NUL."""
    return msgspec.json.encode(value).replace(b"\\u0000", b"\\ufffd").decode()


def optional_json(value: Any) -> str | None:
    return None if value is None else json(value)


def decoded(value: str | None) -> Any:
    """Raw cursors of Django bring jsonb as text."""
    return None if value is None else msgspec.json.decode(value)


def rows(statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return _named(cursor)


def execute(statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> int:
    """The number of rows that were changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        changed: int = cursor.rowcount
        return changed


def _named(cursor: CursorWrapper) -> list[Row]:
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
