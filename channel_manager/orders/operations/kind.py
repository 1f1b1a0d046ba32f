"""What all operations on an order share."""

from channel_manager.orders import state
from channel_manager.shared.errors import Misconfigured, Postponed, RemoteError
from channel_manager.sync.kinds import Claim, OperationKind

SHOWN = (Postponed, Misconfigured)


class OrderOperation(OperationKind):
    """Its subject is an order, which tells what went wrong with it."""

    def stopped(self, claim: Claim, error: RemoteError | None, *, final: bool) -> None:
        if final or isinstance(error, SHOWN):
            state.refresh(state.of_subject(claim.subject))
