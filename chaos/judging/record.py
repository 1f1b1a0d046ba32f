"""Our own record of orders, read in one statement, and whether a step has come to rest in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channel_manager.sync import sql
from chaos.lives.stories import Expected, Life, expected

Json = dict[str, Any]

ORDERS = """
    SELECT o.number, o.commerce_order_id, o.commerce_number,
        o.commerce_total::text, o.total::text, o.acknowledged_at IS NOT NULL AS acked,
        o.has_error, o.needs_action, o.details, o.status,
        (SELECT jsonb_agg(jsonb_build_object('number', l.number, 'quantity', l.quantity, 'asked', buyer_asked_to_cancel,
            'shipped', reported_shipped, 'cancelled', reported_cancelled, 'sent_shipped', recorded_shipped,
            'sent_cancelled', recorded_cancelled) ORDER BY position) FROM orders_orderline l WHERE l.order_id = o.id)
            AS lines,
        (SELECT count(*) FROM sync_operation s WHERE s.subject = 'order:' || o.id AND s.state IN ('waiting', 'sending')
            AND NOT (s.kind = 'acknowledge' AND s.due_at > now() + interval '1 minute')) AS open,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'error', error) ORDER BY id), '[]')
            FROM sync_operation s WHERE s.subject = 'order:' || o.id AND s.state = 'failed') AS failed,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'state', state, 'error', error, 'due', due_at,
            'ambiguous', ambiguous) ORDER BY id), '[]') FROM sync_operation s
            WHERE s.subject = 'order:' || o.id AND s.state IN ('waiting', 'sending')) AS unfinished,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('effect', effect, 'memo', commerce_memo_id, 'total', total::text,
            'reported', reported_at IS NOT NULL) ORDER BY id), '[]') FROM returns_refund r WHERE r.order_id = o.id)
            AS refunds,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('line', order_line_number, 'quantity', quantity,
            'refunded', reported_refunded, 'recorded', recorded) ORDER BY id), '[]') FROM returns_returnline r
            WHERE r.order_id = o.id) AS returned
    FROM orders_purchaseorder o WHERE %s::text[] IS NULL OR o.number = ANY(%s)
"""
DECODED = ("details", "lines", "failed", "unfinished", "refunds", "returned")


@dataclass(frozen=True, slots=True)
class Ours:
    """One order as our database has it."""

    row: Json

    @property
    def is_idle(self) -> bool:
        return not self.row["open"]

    @property
    def told(self) -> list[str]:
        """What its page says, words filled in."""
        return [words(detail) for detail in self.row["details"]]

    def units(self, column: str) -> dict[str, int]:
        return {line["number"]: line[column] for line in self.row["lines"] if line[column]}


def words(sentence: Json) -> str:
    text: str = sentence["template"]
    return text % sentence["values"] if sentence["values"] else text


def read(numbers: Sequence[str] | None = None) -> dict[str, Ours]:
    """By number; all orders unless named."""
    listed = None if numbers is None else list(numbers)
    rows = sql.rows(ORDERS, [listed, listed])
    return {row["number"]: Ours(row | {name: sql.decoded(row[name]) for name in DECODED}) for row in rows}


def is_settled(life: Life, done: int, ours: Ours | None) -> bool:
    """Whether everything has reached both sides, as far as our record knows; after a race, whether all is at rest."""
    if ours is None or not ours.is_idle:
        return False
    if life.raced and done > 0:
        return True
    return _is_noticed(ours, life.steps[done - 1].act if done else "") and _is_as_told(ours, expected(life, done))


def has_failed(ours: Ours | None) -> bool:
    """Whether it is at rest and waits for a person."""
    return ours is not None and ours.is_idle and bool(ours.row["failed"])


def _is_noticed(ours: Ours, act: str) -> bool:
    """Of what changes no quantity: the buyer's request, and the child that an edited order goes on as."""
    if act == "buyer_asks":
        return any(line["asked"] for line in ours.row["lines"])
    return act != "edit_admin" or "-" in ours.row["commerce_number"]


def _is_as_told(ours: Ours, state: Expected) -> bool:
    row = ours.row
    if row["commerce_order_id"] is None or not row["acked"]:
        return False
    shipped = ours.units("sent_shipped" if state.held else "shipped")
    units = (shipped, ours.units("cancelled")) == (_counted(state.shipped), _counted(state.cancelled))
    back = {line["line"]: line["quantity"] for line in row["returned"]} == _counted(state.returned)
    return units and back and _are_refunded(row["refunds"], state.memos)


def _are_refunded(refunds: Sequence[Json], memos: int) -> bool:
    return len(refunds) == memos and all(refund["reported"] for refund in refunds)


def _counted(units: dict[str, int]) -> dict[str, int]:
    return {line: count for line, count in units.items() if count}
