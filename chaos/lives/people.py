"""Buyers, merchants and Walmart's own people, who do one step of an order's life. Every step may be done again."""

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from channel_manager.accounts.models import User
from channel_manager.orders import actions
from channel_manager.orders.models import PurchaseOrder
from channel_manager.ports.documents import Track
from channel_manager.ports.messages import Reason
from channel_manager.returns import actions as refunds
from channel_manager.returns.actions import Units
from channel_manager.returns.models import Return
from channel_manager.returns.queries import memo_draft
from channel_manager.returns.refunding import Terms
from channel_manager.stores.models import Store
from channel_simulators.commerce.control_client import CommerceControl, ControlError
from channel_simulators.walmart.control_client import ControlError as WalmartRefusal
from channel_simulators.walmart.control_client import WalmartControl
from chaos.lives.ledger import Ledger
from chaos.lives.stories import GOODWILL, RESTOCKS, Life, Step

CARRIER = ("ups", "United Parcel Service")
NAMESPACE = uuid.UUID("6a1a6f0e-3d5b-4a63-9a3a-0d9a2f6b1c11")


@dataclass(slots=True)
class People:
    """What was done on a platform is remembered, so that a step which our database interrupted does not repeat it."""

    store: Store
    alice: User
    walmart: WalmartControl
    commerce: CommerceControl
    done: set[str]
    shipments: dict[str, int]
    ledger: Ledger = field(default_factory=lambda: Ledger({}))

    def place(self, life: Life) -> None:
        lines = [{"sku": line.sku, "quantity": line.quantity, "price": line.price} for line in life.lines]
        self.walmart.place_order(lines=lines, purchase_order_id=life.number)
        self.ledger.promised(life.by_sku(life.units))

    def act(self, life: Life, place: int) -> None:
        """Do the step at that place. Raises what the product or a platform says when it is not possible."""
        step = life.steps[place]
        if self._first(f"{life.number} {place} counts"):
            self._count(life, step)
        {
            "ship_here": self.ship_here,
            "ship_admin": self.ship_admin,
            "track_admin": self.track_admin,
            "ship_elsewhere": self.ship_elsewhere,
            "cancel_here": self.cancel_here,
            "cancel_admin": self.cancel_admin,
            "cancel_at_walmart": self.cancel_at_walmart,
            "buyer_asks": self.buyer_asks,
            "edit_admin": self.edit_admin,
            "race": self.race,
            "open_return": self.open_return,
            "memo_here": self.memo_here,
            "memo_admin": self.memo_admin,
            "walmart_pays": self.walmart_pays,
            "two_days_pass": self.two_days_pass,
            "goodwill": self.goodwill,
        }[step.act](life, step, f"{life.number} {place}")

    def _count(self, life: Life, step: Step) -> None:
        """What the step does to stock, before it does."""
        units = life.by_sku(step.units)
        if step.act == "cancel_here" and step.more == "stock":
            self.ledger.given_up(units)
        elif step.act in ("cancel_here", "cancel_admin", "cancel_at_walmart"):
            self.ledger.freed(units)
        elif step.act in RESTOCKS:
            self.ledger.restocked(units)
        elif step.act == "ship_elsewhere":
            self.ledger.shipped_elsewhere(life.number, units)

    def ship_here(self, life: Life, step: Step, once: str) -> None:
        actions.ship(
            self._order(life),
            quantities=step.units,
            tracks=[Track(carrier_code=CARRIER[0], title=CARRIER[1], number=step.number)],
            comment="",
            source_code="",
            override=step.more == "override",
            marker=_marker(once),
            by=self.alice,
            at=datetime.now(UTC),
        )

    def cancel_here(self, life: Life, step: Step, once: str) -> None:
        actions.cancel(
            self._order(life),
            quantities=step.units,
            reason=Reason(step.more),
            marker=_marker(once),
            by=self.alice,
            at=datetime.now(UTC),
        )

    def ship_admin(self, life: Life, step: Step, once: str) -> None:
        if self._first(once):
            tracks = [(*CARRIER, step.number)] if step.number else []
            self.shipments[life.number] = self.commerce.ship(life.number, life.by_sku(step.units), tracks)

    def track_admin(self, life: Life, step: Step, once: str) -> None:
        if self._first(once):
            self.commerce.add_track(self.shipments[life.number], *CARRIER, step.number)

    def cancel_admin(self, life: Life, step: Step, once: str) -> None:
        """The reason is typed before or after."""
        if self._first(once):
            if life.index % 2:
                self.commerce.comment(life.number, step.more)
            self.commerce.cancel(life.number)
            if not life.index % 2:
                self.commerce.comment(life.number, step.more)

    def edit_admin(self, life: Life, step: Step, once: str) -> None:
        if self._first(once):
            self.commerce.edit(life.number, confirm=False)

    def ship_elsewhere(self, life: Life, step: Step, once: str) -> None:
        if self._first(once):
            lines = list(step.units.items())
            self.walmart.ship_elsewhere(life.number, lines=lines, carrier="UPS", number=step.number)

    def cancel_at_walmart(self, life: Life, step: Step, once: str) -> None:
        if self._first(once):
            self.walmart.cancel_at_walmart(life.number, list(step.units.items()), "Cancelled by customer")

    def buyer_asks(self, life: Life, step: Step, once: str) -> None:
        if self._first(once):
            self.walmart.buyer_requests_cancel(life.number)

    def race(self, life: Life, step: Step, once: str) -> None:
        self.ship_here(life, step, once)
        if self._first(once):
            with suppress(WalmartRefusal):
                self.walmart.cancel_at_walmart(life.number, [("1", 1)], "Cancelled by customer")

    def open_return(self, life: Life, step: Step, once: str) -> None:
        if self._first(once):
            rma = _rma(life)
            kind = "exception" if step.more == "exception" else "ordinary"
            self.walmart.open_return(life.number, list(step.units.items()), kind=kind, return_order_id=rma)
            if not step.more:
                self.walmart.deliver_return(rma)

    def memo_here(self, life: Life, step: Step, once: str) -> None:
        order, returned = self._order(life), self._returned(life)
        draft = memo_draft(returned, order)
        wanted = {row.line.number: row.facts.room for row in draft.rows}
        refunds.create_credit_memo(
            returned,
            order,
            lines={line: Units(units, restock=True) for line, units in wanted.items()},
            terms=Terms(shipping=draft.shipping, fit=True),
            marker=_marker(once),
            by=self.alice,
            at=datetime.now(UTC),
        )

    def memo_admin(self, life: Life, step: Step, once: str) -> None:
        if self._first(once):
            self._invoice(life)
            self.commerce.refund(life.number, life.by_sku(step.units), shipping=0)

    def walmart_pays(self, life: Life, step: Step, once: str) -> None:
        if self._first(once):
            self.walmart.refund_at_walmart(_rma(life))

    def two_days_pass(self, life: Life, step: Step, once: str) -> None:
        if self._first(once):
            self.walmart.deliver_return(_rma(life))

    def goodwill(self, life: Life, step: Step, once: str) -> None:
        if self._first(once):
            self._invoice(life)
            nothing = {life.sku(line): 0 for line in step.units}
            self.commerce.refund(life.number, nothing, shipping=0, positive=float(GOODWILL))

    def _invoice(self, life: Life) -> None:
        """What is left; an order that was cancelled in part is invoiced already."""
        with suppress(ControlError):
            self.commerce.invoice(life.number)

    def _first(self, once: str) -> bool:
        if once in self.done:
            return False
        self.done.add(once)
        return True

    def _order(self, life: Life) -> PurchaseOrder:
        return PurchaseOrder.objects.select_related("store").get(store=self.store, number=life.number)

    def _returned(self, life: Life) -> Return:
        return Return.objects.select_related("store__rules").get(store=self.store, number=_rma(life))


def _marker(once: str) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, once)


def _rma(life: Life) -> str:
    return next(step.number for step in life.steps if step.act == "open_return")
