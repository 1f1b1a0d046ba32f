"""Reading a cancellation reason from what a merchant typed as a comment in the Commerce Admin. Pure.

The four reasons are those of the glossary; letter case, punctuation and a leading label are ignored, in both languages.
"""

import re
import unicodedata
from collections.abc import Iterable

from channel_manager.ports.documents import Comment
from channel_manager.ports.messages import Reason

MARK = "[channel]"
PHRASES: dict[Reason, tuple[str, ...]] = {
    Reason.PRICE: (
        "price or other listing errors",
        "price or other listing error",
        "pricing error",
        "價格或其他刊登錯誤",
        "價格錯誤",
    ),
    Reason.STOCK: (
        "the item is out of stock",
        "item is out of stock",
        "item out of stock",
        "out of stock",
        "商品缺貨",
        "缺貨",
    ),
    Reason.CARRIER: (
        "unavailable carrier or shipping method",
        "carrier or shipping information unavailable",
        "無法使用的貨運業者或運送方式",
    ),
    Reason.CREDIT: (
        "additional information is needed by our credit and fraud avoidance department",
        "more information needed by credit/fraud",
        "信用與防詐部門需要更多資訊",
    ),
}
LABEL = re.compile(r"^(?:cancell?ation )?reason |^取消原因 ?")


def understood(comments: Iterable[Comment]) -> Reason | None:
    """The reason in the newest comment that names one and is not ours; `comments` newest first."""
    for comment in comments:
        if MARK in comment.text:
            continue
        if reason := reason_in(comment.text):
            return reason
    return None


def reason_in(text: str) -> Reason | None:
    words = LABEL.sub("", _plain(text))
    for reason, phrases in PHRASES.items():
        if words in {_plain(phrase) for phrase in phrases}:
            return reason
    return None


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", " ", folded).strip()
