"""Orders by their returns, as the list of orders asks for them."""

from collections.abc import Collection

from channel_manager.returns.models import ReturnLine
from channel_manager.sync import sql

MOST = 50
OPEN = """
    SELECT DISTINCT ON (line.order_id) line.order_id, line.parent_id
    FROM returns_returnline line JOIN returns_return parent ON parent.id = line.parent_id
    WHERE line.order_id = ANY(%s) AND parent.status = 'received' AND line.state <> 'cancelled'
    ORDER BY line.order_id, parent.requested_at
"""


def orders_of(store_id: int, number: str) -> tuple[int, ...]:
    """Ids of the orders that a return has lines of, by its number (RMA #)."""
    lines = ReturnLine.objects.filter(parent__store=store_id, parent__number=number, order__isnull=False)
    return tuple(lines.order_by().values_list("order", flat=True).distinct()[:MOST])


def open_returns(order_ids: Collection[int]) -> dict[int, int]:
    """The id of the open return that each order asks about, the oldest; orders without one are left out."""
    return {row["order_id"]: row["parent_id"] for row in sql.rows(OPEN, [list(order_ids)])}
