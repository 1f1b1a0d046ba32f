"""Play the story with the real processes, then hold both platforms and our record against each other."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.utils import timezone

from channel_manager.cli.demo import report, stock
from channel_manager.cli.demo.comparison import Compared, compare
from channel_manager.cli.demo.simulators import Json, for_sale
from channel_manager.cli.demo.stage import Stage
from channel_manager.cli.demo.story import ROUNDS, STORY, Part, Scene
from channel_manager.cli.endings import Stop
from channel_manager.cli.signals import Stopping
from channel_manager.cli.terminal import say
from channel_manager.orders.models import PurchaseOrder
from channel_manager.sync.models import State, SyncOperation

QUIET = 120.0  # seconds in which everything must have come to rest
LOOK = 0.25
SOON = timedelta(seconds=40)


@dataclass(frozen=True)
class Played:
    part: Part
    scene: Scene

    def expected(self, rounds: int) -> tuple[int, int, int]:
        """Units shipped, cancelled and refunded after so many rounds."""
        acts = self.part.acts[:rounds]
        return sum(act.shipped for act in acts), sum(act.cancelled for act in acts), sum(act.refunded for act in acts)


def play(stage: Stage, stopping: Stopping) -> bool:
    """Whether both sides agree on every order."""
    began = time.monotonic()
    deadline = began + QUIET
    say(f"{len(STORY)} orders are placed at Walmart …")
    played = _place(stage)
    _wait(stopping, deadline, partial(_rested, stage, played, 0))
    _require_received(len(played))
    for number in range(ROUNDS):
        happened = _perform(played, number)
        say(f"Round {number + 1}: {happened} …")
        _wait(stopping, deadline, partial(_rested, stage, played, number + 1))
    seconds = time.monotonic() - began
    results = _compared(stage, played)
    differences = [_differences(one, result, ROUNDS) for one, result in zip(played, results, strict=True)]
    report.show_orders(played, results, differences)
    report.show_latencies()
    agreed = not any(differences)
    report.show_verdict(agreed=agreed, orders=len(played), seconds=seconds)
    stocked = stock.differences(stage.walmart, stage.commerce)
    report.show_stock(stocked)
    return agreed and not stocked


def _place(stage: Stage) -> list[Played]:
    products = for_sale(stage.commerce.products())
    return [
        Played(part, Scene(stage.walmart, stage.commerce, stage.walmart.place(part.shape, products))) for part in STORY
    ]


def _perform(played: Sequence[Played], number: int) -> str:
    """What happened, in words."""
    told: dict[str, int] = {}
    for one in played:
        for act in one.part.acts[number : number + 1]:
            act.do(one.scene)
            told[act.told] = told.get(act.told, 0) + (1 if act.told else 0)
    return ", ".join(f"{count} {words}" for words, count in told.items() if count)


def _wait(stopping: Stopping, deadline: float, rested: Callable[[], bool]) -> None:
    """Return at the deadline too: the table then shows what is missing."""
    while not rested() and time.monotonic() < deadline:
        if stopping.wait(LOOK):
            raise Stop("Stopped before the end.")


def _rested(stage: Stage, played: Sequence[Played], rounds: int) -> bool:
    if PurchaseOrder.objects.count() < len(played) or _under_way():
        return False
    results = _compared(stage, played)
    if any(_differences(one, result, rounds) for one, result in zip(played, results, strict=True)):
        return False
    return not stock.differences(stage.walmart, stage.commerce)


def _under_way() -> bool:
    """What waits long, such as for a product that the shop does not know, does not count."""
    soon = timezone.now() + SOON
    return SyncOperation.objects.filter(state__in=[State.WAITING, State.SENDING], due_at__lt=soon).exists()


def _require_received(placed: int) -> None:
    received = PurchaseOrder.objects.count()
    if received < placed:
        raise Stop(f"Only {received} of {placed} orders were received within {QUIET:g} s.")


def _compared(stage: Stage, played: Sequence[Played]) -> list[Compared]:
    at_walmart = {order["purchase_order_id"]: order for order in stage.walmart.orders()}
    in_commerce = {order["ext_order_id"]: order for order in stage.commerce.orders()}
    returned = [line for one in stage.walmart.returns() for line in one["lines"]]
    orders = {order.number: order for order in PurchaseOrder.objects.prefetch_related("lines")}
    return [
        compare(orders[number], at_walmart[number], _paid_back(returned, number), in_commerce.get(number))
        for number in (one.scene.number for one in played)
        if number in orders
    ]


def _paid_back(returned: Sequence[Json], number: str) -> dict[str, int]:
    """Units by line of an order that its returns show as refunded."""
    units: dict[str, int] = {}
    for line in returned:
        if line["purchase_order_id"] == number:
            units[line["line"]] = units.get(line["line"], 0) + line["refunded"]
    return units


def _differences(one: Played, result: Compared, rounds: int) -> list[str]:
    """Agreement alone is not enough: what the story did must have arrived."""
    for act in one.part.acts[rounds - 1 : rounds] if rounds else ():
        if act.held:
            return [] if act.held(one.scene) else [f"{act.told}: it should be shown and wait"]
    found = result.differences(in_commerce=one.part.commerce)
    shipped, cancelled, refunded = one.expected(rounds)
    units = result.walmart.all
    if (units.shipped, units.cancelled, units.refunded) != (shipped, cancelled, refunded):
        found.append(f"Walmart should show {shipped} shipped, {cancelled} canceled and {refunded} refunded")
    return found
