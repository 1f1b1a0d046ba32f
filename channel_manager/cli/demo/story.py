"""A dozen orders of different shapes, and what happens to each: on our page, in the Commerce Admin, at Walmart."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils import timezone

from channel_manager.cli.demo import sandbox
from channel_manager.cli.demo.simulators import Commerce, CommerceTrack, Walmart
from channel_manager.orders import actions
from channel_manager.orders.models import Hold, OrderLine, PurchaseOrder, Shipment
from channel_manager.ports.documents import Track
from channel_manager.ports.messages import Reason
from channel_manager.returns import actions as return_actions
from channel_manager.returns.models import Return
from channel_manager.returns.queries import memo_draft
from channel_manager.returns.refunding import Terms

Units = Mapping[str, int]
"""Quantities by Walmart's line number."""


@dataclass
class Scene:
    """One order on the stage."""

    walmart: Walmart
    commerce: Commerce
    number: str
    late: int = 0
    """A Commerce shipment that still waits for its track."""

    @property
    def order(self) -> PurchaseOrder:
        return PurchaseOrder.objects.select_related("store").get(number=self.number)


@dataclass(frozen=True)
class Act:
    """`shipped`, `cancelled`, `refunded`: the units that Walmart must show more afterwards. `held` instead: how to see
    that nothing may reach Walmart yet.
    """

    told: str
    do: Callable[[Scene], None]
    shipped: int = 0
    cancelled: int = 0
    refunded: int = 0
    held: Callable[[Scene], bool] | None = None


@dataclass(frozen=True)
class Part:
    """An order and its acts, one a round. `commerce` False: it must not exist in Commerce."""

    shape: str
    acts: tuple[Act, ...] = ()
    commerce: bool = True


def ship_here(units: Units, carrier: str, title: str, number: str) -> Act:
    def do(scene: Scene) -> None:
        actions.ship(
            scene.order,
            quantities=units,
            tracks=[Track(carrier_code=carrier, title=title, number=number)],
            comment="",
            source_code="",
            override=False,
            marker=uuid.uuid4(),
            by=sandbox.person(),
            at=timezone.now(),
        )

    return Act("shipped here", do, shipped=sum(units.values()))


def cancel_here(units: Units, reason: Reason) -> Act:
    def do(scene: Scene) -> None:
        actions.cancel(
            scene.order,
            quantities=units,
            reason=reason,
            marker=uuid.uuid4(),
            by=sandbox.person(),
            at=timezone.now(),
        )

    return Act("canceled here", do, cancelled=sum(units.values()))


def ship_in_commerce(units: Units, *tracks: CommerceTrack) -> Act:
    def do(scene: Scene) -> None:
        scene.late = scene.commerce.ship(scene.number, _by_sku(scene, units), tracks)

    if tracks:
        return Act("shipped in Commerce", do, shipped=sum(units.values()))
    return Act("shipped in Commerce without a track", do, held=_held_for_tracking)


def add_track_in_commerce(track: CommerceTrack, shipped: int) -> Act:
    return Act("track added", lambda scene: scene.commerce.add_track(scene.late, track), shipped=shipped)


def cancel_in_commerce(comment: str, cancelled: int) -> Act:
    def do(scene: Scene) -> None:
        scene.commerce.comment(scene.number, comment)
        scene.commerce.cancel(scene.number)

    return Act("canceled in Commerce", do, cancelled=cancelled)


def cancel_at_walmart(units: Units) -> Act:
    def do(scene: Scene) -> None:
        scene.walmart.cancel(scene.number, list(units.items()), "Cancelled by customer")

    return Act("canceled at Walmart", do, cancelled=sum(units.values()))


def send_back(units: Units) -> Act:
    """The goods are back, and the merchant has 48 hours."""

    def do(scene: Scene) -> None:
        scene.walmart.send_back(scene.number, list(units.items()), keeps=False)

    return Act("returned", do, held=_return_asks)


def keep(units: Units) -> Act:
    """The buyer keeps them, and Walmart has paid: Commerce is to follow."""

    def do(scene: Scene) -> None:
        scene.walmart.send_back(scene.number, list(units.items()), keeps=True)

    return Act("kept and refunded by Walmart", do, held=_return_asks)


def refund_here(refunded: int) -> Act:
    """A credit memo for all that is left of the order's return."""

    def do(scene: Scene) -> None:
        returned = _return_of(scene)
        draft = memo_draft(returned, scene.order)
        return_actions.create_credit_memo(
            returned,
            scene.order,
            lines={row.line.number: return_actions.Units(row.facts.room, restock=True) for row in draft.rows},
            terms=Terms(shipping=draft.shipping, fit=True),
            marker=uuid.uuid4(),
            by=sandbox.person(),
            at=timezone.now(),
        )

    return Act("refunded here", do, refunded=refunded)


def refund_in_commerce(units: Units) -> Act:
    def do(scene: Scene) -> None:
        scene.commerce.refund(scene.number, _by_sku(scene, units))

    return Act("refunded in Commerce", do, refunded=sum(units.values()))


def _return_of(scene: Scene) -> Return:
    of_order = Return.objects.select_related("store__rules").filter(lines__order__number=scene.number)
    return of_order.distinct().get()


def _return_asks(scene: Scene) -> bool:
    return Return.objects.filter(lines__order__number=scene.number, needs_action=True).exists()


def _by_sku(scene: Scene, units: Units) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in OrderLine.objects.filter(order__number=scene.number, number__in=units):
        found[line.sku] = found.get(line.sku, 0) + units[line.number]
    return found


def _held_for_tracking(scene: Scene) -> bool:
    return Shipment.objects.filter(order__number=scene.number, hold=Hold.TRACKING).exists()


REST = Act("", lambda _scene: None)
UPS = ("ups", "United Parcel Service", "1Z999AA10123456784")
FEDEX = ("fedex", "Federal Express", "794644790132")
DHL = ("dhl", "DHL", "4212345678")
CITY = ("custom", "City Bikes", "CB-20417")

STORY = (
    Part(
        "several_lines",
        (ship_here({"1": 2, "2": 1}, *UPS), ship_here({"4": 3}, *FEDEX), send_back({"1": 1, "4": 2}), refund_here(3)),
    ),
    Part(
        "quantity",
        (
            ship_in_commerce({"1": 2}, UPS),
            ship_in_commerce({"1": 3}, FEDEX),
            send_back({"1": 2}),
            refund_in_commerce({"1": 2}),
        ),
    ),
    Part("duplicate_sku_lines", (ship_in_commerce({"1": 1, "2": 1}, FEDEX), cancel_here({"3": 1}, Reason.STOCK))),
    Part("single", (cancel_here({"1": 1}, Reason.PRICE),)),
    Part("expedited", (ship_here({"1": 1}, *FEDEX), REST, keep({"1": 1}), refund_here(1))),
    Part("shipping_taxed", (cancel_here({"1": 1}, Reason.CARRIER), ship_here({"1": 1}, *DHL))),
    Part("discounted", (cancel_in_commerce("Reason: The item is out of stock.", 2),)),
    Part(
        "quantity", (ship_in_commerce({"1": 4}, UPS), cancel_in_commerce("Reason: Price or other listing errors.", 1))
    ),
    Part("several_lines", (cancel_at_walmart({"1": 1, "4": 3}), ship_here({"1": 1, "2": 1}, *UPS))),
    Part("with_fee", (cancel_at_walmart({"1": 1}),)),
    Part("puerto_rico", (ship_in_commerce({"1": 1}), add_track_in_commerce(UPS, 1))),
    Part("odd_address", (ship_in_commerce({"1": 1}, CITY),)),
    Part("third_party_logistics", (ship_here({"1": 1}, *UPS),)),
    Part("cancel_request", (cancel_here({"1": 2}, Reason.BUYER),)),
    Part("replacement", (ship_in_commerce({"1": 1}, DHL),)),
    Part("single"),
    Part("wfs", commerce=False),
    Part("unknown_sku", commerce=False),
)
ROUNDS = max(len(part.acts) for part in STORY)
