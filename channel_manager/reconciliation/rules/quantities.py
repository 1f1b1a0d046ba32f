"""Units by state, line by line at the marketplace and item by item in Commerce."""

from collections.abc import Iterator

from channel_manager.orders.rules.levels import line_levels
from channel_manager.orders.rules.reasons import MARK
from channel_manager.ports.documents import CommerceItem, CommerceOrder
from channel_manager.ports.messages import IncomingLine, IncomingOrder, Platform
from channel_manager.reconciliation.rules.facts import Difference, InCommerce, Kind, Record, RecordItem, RecordLine
from channel_manager.shared.sentences import say

SIDES = {Platform.MARKETPLACE: "Walmart", Platform.COMMERCE: "Commerce"}


def at_marketplace(shown: IncomingOrder, record: Record) -> Iterator[Difference]:
    known = {line.number: line for line in record.lines}
    for line in shown.lines:
        if line.number in known:
            yield from _line(line, known.pop(line.number))
        else:
            yield _ordered(line.number, line.sku, expected=0, found=line.quantity)
    for gone in known.values():
        yield _ordered(gone.number, gone.sku, expected=gone.quantity, found=0)
    yield from _acknowledged(shown, record)


def _line(shown: IncomingLine, line: RecordLine) -> Iterator[Difference]:
    """First what was last seen there, then what we know beyond it: the second is right only while it is on its way."""
    levels = line_levels(shown)
    if shown.quantity != line.quantity:
        yield _ordered(line.number, line.sku, expected=line.quantity, found=shown.quantity)
    for kind, found, seen, known in (
        (Kind.SHIPPED, levels["shipped"], line.reported_shipped, line.shipped),
        (Kind.CANCELLED, levels["cancelled"], line.reported_cancelled, line.cancelled),
        (Kind.DELIVERED, levels["delivered"], line.reported_delivered, line.reported_delivered),
        (Kind.REFUNDED, levels["refunded"], line.reported_refunded, line.reported_refunded),
    ):
        expected = seen if found != seen else known
        if found != expected:
            yield _units(kind, Platform.MARKETPLACE, (line.number, line.sku), expected, found)
    if shown.buyer_asked_to_cancel != line.buyer_asked:
        yield Difference(
            kind=Kind.BUYER_REQUEST,
            side=Platform.MARKETPLACE,
            line=line.number,
            sentence=say("The buyer's request to cancel line %(line)s changed at Walmart.", line=line.number),
        )


def _acknowledged(shown: IncomingOrder, record: Record) -> Iterator[Difference]:
    created = sum(line_levels(line)["created"] for line in shown.lines)
    if record.read_only or record.acknowledged == (created == 0):
        return
    there = say("Walmart shows the order as acknowledged, our record does not.")
    here = say("Our record says that the order is acknowledged, Walmart does not show it.")
    yield Difference(kind=Kind.ACKNOWLEDGED, side=Platform.MARKETPLACE, sentence=here if record.acknowledged else there)


def in_commerce(record: Record, order: CommerceOrder, commerce: InCommerce) -> Iterator[Difference]:
    shown = {item.item_id: item for item in order.items}
    for item in record.items:
        lines = [line for line in record.lines if line.item_id == item.item_id]
        if item.item_id not in shown:
            quantity = sum(line.quantity - line.shipped_before - line.cancelled_before for line in lines)
            yield _ordered(item.sku, item.sku, expected=quantity, found=0, side=Platform.COMMERCE)
            continue
        yield from _item(item, shown[item.item_id], lines, record, commerce)
    yield from _memos(record, commerce)


def _item(
    item: RecordItem, shown: CommerceItem, lines: list[RecordLine], record: Record, commerce: InCommerce
) -> Iterator[Difference]:
    """Units finished before the Commerce order was made are not in it, unless it was made by somebody else."""
    shipped = sum(max(line.recorded_shipped - line.shipped_before, 0) for line in lines)
    cancelled = sum(max(line.cancelled - line.cancelled_before, 0) for line in lines) + item.written_off
    slack = record.linked
    for kind, expected, found, before in (
        (Kind.SHIPPED, shipped, shown.shipped, sum(line.shipped_before for line in lines)),
        (
            Kind.CANCELLED,
            cancelled,
            shown.cancelled + item.refunded_unshipped,
            sum(line.cancelled_before for line in lines),
        ),
    ):
        if not expected <= found <= expected + (before if slack else 0):
            yield _units(kind, Platform.COMMERCE, (item.sku, item.sku), expected, found)
    refunded = sum(line.refunded for line in lines)
    if commerce.memos is None and shown.refunded not in (refunded, refunded + item.refunded_unshipped):
        yield _units(Kind.REFUNDED, Platform.COMMERCE, (item.sku, item.sku), refunded, shown.refunded)


def _memos(record: Record, commerce: InCommerce) -> Iterator[Difference]:
    """Credit memos that we do not have. Our own of units that never left are no refunds."""
    for memo in commerce.memos or ():
        own = memo.memo_id in record.memo_ids or any(MARK in comment for comment in memo.comments)
        if not (own or memo.cancelled):
            words = say(
                "Credit memo %(number)s of Commerce, %(total)s, is not known here.",
                number=memo.number,
                total=memo.total,
            )
            yield Difference(
                kind=Kind.REFUNDED,
                side=Platform.COMMERCE,
                line=f"memo {memo.number}",
                sentence=words,
                expected="0",
                found=str(memo.total),
            )


def _ordered(line: str, sku: str, *, expected: int, found: int, side: Platform = Platform.MARKETPLACE) -> Difference:
    words = {
        Platform.MARKETPLACE: say(
            "%(sku)s, line %(line)s: %(found)s ordered at Walmart, %(expected)s here.",
            sku=sku,
            line=line,
            found=found,
            expected=expected,
        ),
        Platform.COMMERCE: say("%(sku)s is not in the Commerce order any more.", sku=sku),
    }
    return Difference(
        kind=Kind.ORDERED, side=side, line=line, sentence=words[side], expected=str(expected), found=str(found)
    )


def _units(kind: Kind, side: Platform, where: tuple[str, str], expected: int, found: int) -> Difference:
    """`where` is the line's number, or the item's SKU, and the SKU."""
    line, sku = where
    named = {"side": SIDES[side], "sku": sku, "expected": expected, "found": found}
    words = {
        Kind.SHIPPED: say("%(sku)s: %(found)s shipped at %(side)s, %(expected)s here.", **named),
        Kind.DELIVERED: say("%(sku)s: %(found)s delivered at %(side)s, %(expected)s here.", **named),
        Kind.CANCELLED: say("%(sku)s: %(found)s canceled at %(side)s, %(expected)s here.", **named),
        Kind.REFUNDED: say("%(sku)s: %(found)s refunded at %(side)s, %(expected)s here.", **named),
    }
    return Difference(kind=kind, side=side, line=line, sentence=words[kind], expected=str(expected), found=str(found))
