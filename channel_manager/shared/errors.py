"""What can go wrong on the wire. The class says what to do, the sentence says what the operator should do."""

from datetime import timedelta
from enum import StrEnum

from channel_manager.shared.sentences import Sentence, say


class About(StrEnum):
    """What an error is about, in our words: it decides what a person can do about it."""

    TRACKING = "tracking"
    CARRIER = "carrier"
    QUANTITY = "quantity"
    REASON = "reason"
    BUYER_REQUEST = "buyer_request"
    SKU = "sku"
    STOCK = "stock"
    ADDRESS = "address"


class RemoteError(Exception):
    """A platform did not do what was asked.

    `side` is the platform as people call it ("Walmart", "Commerce"); `field` the platform's own name of the input at
    fault; `said` the platform's words, shortened; `code` its error code; `status` the HTTP status, if there was one;
    `about` what of ours is at fault, where that is known.
    """

    def __init__(
        self,
        sentence: Sentence | str,
        *,
        side: str = "",
        field: str = "",
        said: str = "",
        code: str = "",
        status: int | None = None,
        about: About | None = None,
    ) -> None:
        self.sentence = sentence if isinstance(sentence, Sentence) else say(sentence)
        super().__init__(str(self.sentence))
        self.side = side
        self.field = field
        self.said = said[:2000]
        self.code = code
        self.status = status
        self.about = about


class Unavailable(RemoteError):
    """Again later: 429, connection refused, 503 before execution, any failure of a read."""

    def __init__(self, sentence: Sentence | str, *, retry_after: timedelta | None = None, **details: object) -> None:
        super().__init__(sentence, **details)  # type: ignore[arg-type]
        self.retry_after = retry_after


class Rejected(RemoteError):
    """Understood and refused: a person must change something."""


class NotFound(Rejected):
    """The platform does not know what was asked for."""


class Postponed(RemoteError):
    """Refused for a reason that can pass by itself (no stock, product disabled): shown to a person and tried again."""


class Misconfigured(RemoteError):
    """Credentials or permissions: pause this platform, tell the owner."""


class Ambiguous(RemoteError):
    """A write that may have happened: look before it is repeated."""
