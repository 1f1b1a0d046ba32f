"""Errors as they are kept on rows."""

import logging
import traceback

from django.db import transaction

from channel_manager.shared import redact
from channel_manager.shared.errors import Rejected, RemoteError
from channel_manager.shared.sentences import Sentence, say
from channel_manager.sync import sql
from channel_manager.sync.kinds import Claim, Json, OperationKind

log = logging.getLogger(__name__)
OURS = "Channel Manager"
BUG = say("The program made a mistake here. Its makers need the details below; then retry.")


def as_json(error: BaseException) -> Json:
    """{class, sentence, side, field, said, code, status, about}; of our own bugs also the traceback."""
    if isinstance(error, RemoteError):
        return {
            "class": type(error).__name__,
            "sentence": error.sentence.as_json(),
            "side": error.side,
            "field": error.field,
            "said": redact.text(error.said),
            "code": error.code,
            "status": error.status,
            "about": error.about or "",
        }
    return {
        "class": type(error).__name__,
        "sentence": BUG.as_json(),
        "side": OURS,
        "field": "",
        "said": redact.text(str(error))[:2000],
        "code": "",
        "status": None,
        "about": "",
        "traceback": redact.text("".join(traceback.format_exception(error)))[-8000:],
    }


def stated(sentence: Sentence, *, side: str, said: str = "") -> Json:
    """The same shape, of something that no call of ours failed at."""
    return as_json(Rejected(sentence, side=side, said=said))


def tell(kind: OperationKind, claim: Claim, error: RemoteError | None, *, final: bool) -> None:
    """Let the kind refresh its flags; its own mistake must not hide the failure that it is told of."""
    try:
        with transaction.atomic():
            kind.stopped(claim, error, final=final)
    except sql.LOST:
        raise
    except Exception:
        log.exception("stopped of %s failed", claim.kind)
