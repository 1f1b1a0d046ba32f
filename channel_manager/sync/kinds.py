"""What an operation must be able to do. The literal table of kinds is in `worker.kinds`."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from channel_manager.ports.gateways import Gateways
from channel_manager.ports.messages import Platform
from channel_manager.shared.errors import RemoteError
from channel_manager.shared.sentences import Sentence

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An operation that this worker may send now; `attempt` is the fencing token."""

    id: int
    store_id: int
    kind: str
    subject: str
    payload: Json
    progress: Json
    attempt: int
    ambiguous: bool
    """An earlier attempt may have been executed: look before repeating."""
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Answered by `prepare` when there is nothing left to send; the operation ends as skipped with this reason."""

    reason: Sentence


@dataclass(frozen=True, slots=True)
class Sent:
    """What `send` or `find_existing` brings back. `result` is stored on the operation and given to `apply`."""

    result: Json = field(default_factory=dict)


class Progress(Protocol):
    """Fenced checkpoints of one claim."""

    def save(self, **facts: Any) -> Awaitable[None]:
        """Merge facts into the operation's progress, commit, renew the lease. Raises LeaseLost."""
        ...


class LeaseLost(Exception):
    """Another worker has taken the operation over; this one must stop without writing anything."""


class OperationKind:
    """One kind of outbound intent. Stateless: one instance serves all operations of the kind."""

    name: ClassVar[str]
    platform: ClassVar[Platform]
    family: ClassVar[str]
    """Endpoint family: with store and platform it makes the lane, and names the rate-limit bucket."""
    in_order: ClassVar[bool] = True
    """Whether it waits for earlier operations of its subject on its platform."""
    priority: ClassVar[int] = 5
    """0 goes first among what is due in a lane."""

    def prepare(self, claims: Sequence[Claim]) -> Mapping[int, Any]:
        """Inside a transaction: what `send` needs to know, by claim id; a Skip ends the operation unsent."""
        return {}

    async def find_existing(self, claim: Claim, prepared: Any, gateways: Gateways, progress: Progress) -> Sent | None:
        """On the wire, before every attempt after an ambiguous one: the effect, if it is already there."""
        return None

    async def send(self, claim: Claim, prepared: Any, gateways: Gateways, progress: Progress) -> Sent:
        """On the wire. Raises the errors of `shared.errors`."""
        raise NotImplementedError

    def apply(self, claim: Claim, result: Json) -> None:
        """Inside a transaction: record the fact, refresh status, request what follows."""

    def stopped(self, claim: Claim, error: RemoteError | None, *, final: bool) -> None:
        """Inside a transaction, after an attempt that failed: `final` when a person must act. Refresh cached flags."""
