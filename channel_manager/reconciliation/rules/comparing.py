"""One order on three sides: every way in which they differ. Nothing is decided here."""

from collections.abc import Iterator

from channel_manager.ports.messages import IncomingOrder
from channel_manager.reconciliation.rules import existence, money, parcels, quantities
from channel_manager.reconciliation.rules.facts import Difference, InCommerce, Record


def compare(
    number: str, shown: IncomingOrder | None, record: Record | None, commerce: InCommerce
) -> tuple[Difference, ...]:
    """`shown` is None when the marketplace does not know the number."""
    return tuple(_differences(number, shown, record, commerce))


def _differences(
    number: str, shown: IncomingOrder | None, record: Record | None, commerce: InCommerce
) -> Iterator[Difference]:
    if record is None:
        if shown is None:
            yield from existence.foreign(number, commerce)
        else:
            yield existence.missing_here(number)
        return
    if shown is None:
        yield existence.missing_at_marketplace(record)
    else:
        yield from quantities.at_marketplace(shown, record)
        yield from money.at_marketplace(shown, record)
        yield from parcels.at_marketplace(shown, record)
    yield from parcels.failed_though_shown(shown, record, commerce)
    if not record.read_only:
        yield from _in_commerce(record, commerce)


def _in_commerce(record: Record, commerce: InCommerce) -> Iterator[Difference]:
    yield from existence.in_commerce(record, commerce)
    if order := commerce.by_id(record.commerce_order_id):
        yield from quantities.in_commerce(record, order, commerce)
        yield from money.in_commerce(record, order)
        yield from parcels.in_commerce(record, commerce)
