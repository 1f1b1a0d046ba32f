"""Comments and mails of shipments, invoices and credit memos."""

from collections.abc import Callable
from typing import Any

from channel_simulators.commerce.call import Call, existing
from channel_simulators.commerce.sales import documents, rendering
from channel_simulators.commerce.sales.lists import comment_list
from channel_simulators.commerce.store.entities import Document
from channel_simulators.commerce.wire import bodies
from channel_simulators.commerce.wire.errors import ApiError, not_found

Json = dict[str, Any]

_SUBJECTS = {"shipment": "Your order {} has shipped", "invoice": "Invoice for your order {}", "creditmemo": "Credit memo for your order {}"}  # fmt: skip  # noqa: E501


def comments(kind: str) -> Callable[[Call], Json]:
    """Newest first."""

    def answer(call: Call) -> Json:
        document = existing(call.state.documents(kind).get(call.number("id")))
        return comment_list([rendering.comment(comment) for comment in reversed(document.comments)])

    return answer


def add_comment(kind: str) -> Callable[[Call], Json]:
    def answer(call: Call) -> Json:
        given = call.member(bodies.DOCUMENT_COMMENT, "entity", "entity")
        document = existing(call.tx.document(kind, call.number("id")))
        if not given.get("comment"):
            raise ApiError(400, "The comment is missing. Enter and try again.")
        documents.add_comment(call.tx, document, given)
        return rendering.comment(document.comments[-1])

    return answer


def send_mail(kind: str) -> Callable[[Call], bool]:
    """To the order's address: what `notify` false keeps the shop from."""

    def answer(call: Call) -> bool:
        document = call.state.documents(kind).get(call.number("id"))
        if document is None:
            raise not_found()
        order = call.state.orders[document.row["order_id"]]
        call.tx.mail(order, kind, _SUBJECTS[kind].format(order.row["increment_id"]))
        return True

    return answer


def mail_order(call: Call) -> bool:
    order = existing(call.state.orders.get(call.number("id")))
    call.tx.mail(order, "order", f"Your order confirmation {order.row['increment_id']}")
    return True


def cancel_creditmemo(call: Call) -> bool:
    """No credit memo can be taken back."""
    document: Document | None = call.state.creditmemos.get(call.number("id"))
    existing(document)
    raise ApiError(400, "You can not cancel Credit Memo")
