"""What a handler gets: one request, read and allowed, with its transaction."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from channel_simulators.commerce.store.options import Options
from channel_simulators.commerce.store.state import State
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire import bodies, search
from channel_simulators.commerce.wire.errors import not_found, required, wrong_type

T = TypeVar("T")


@dataclass(kw_only=True)
class Call:
    tx: Transaction
    store_id: int = 1
    base_url: str = ""
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    payload: Any = None

    @property
    def state(self) -> State:
        return self.tx.state

    @property
    def options(self) -> Options:
        return self.tx.state.options

    def number(self, name: str) -> int:
        """A numeric path part; other text is refused as PHP's type processor does."""
        text = self.path[name]
        if not text.lstrip("-").isdigit():
            raise wrong_type(text, "int")
        return int(text)

    def body(self, shape: bodies.Shape) -> dict[str, Any]:
        """The JSON body in snake case; raises 400 for an unknown member."""
        checked = bodies.check(self.payload if self.payload is not None else {}, shape, self.options)
        return checked if isinstance(checked, dict) else {}

    def member(self, shape: bodies.Shape, name: str, shown: str) -> dict[str, Any]:
        """One required member of the body."""
        value = self.body(shape).get(name)
        if not isinstance(value, dict):
            raise required(shown)
        return value

    def criteria(self) -> search.Criteria:
        return search.criteria(self.query, self.options)


def integer(value: Any) -> int:
    """An id of a body: a number or a quoted one; 0 where it is neither."""
    text = str(value)
    return int(text) if text.lstrip("-").isdigit() else 0


def existing(found: T | None) -> T:
    """The entity, or the shop's 404."""
    if found is None:
        raise not_found()
    return found
