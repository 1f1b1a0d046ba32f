"""What a person does to running simulators from a shell: buys at Walmart, works in the shop's Admin, breaks things.

The addresses are those of the demo unless given: Walmart on port 8001, Commerce on 8002.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from channel_simulators.commerce.control_client import CommerceControl
from channel_simulators.commerce.control_client import ControlError as ShopError
from channel_simulators.walmart.control_client import ControlError, WalmartControl

WALMART = "http://127.0.0.1:8001"
COMMERCE = "http://127.0.0.1:8002"


@dataclass(frozen=True)
class Sides:
    walmart: WalmartControl
    commerce: CommerceControl


Action = Callable[[argparse.Namespace, Sides], Any]


def buy(given: argparse.Namespace, at: Sides) -> str:
    """An order of a named shape, or of SKU:QUANTITY:PRICE lines."""
    if given.line:
        return at.walmart.place_order(lines=[_line(text) for text in given.line])
    catalogue = [(one["sku"], one["name"], str(one["price"])) for one in at.commerce.products() if one["enabled"]]
    return at.walmart.place_shape(given.shape, catalogue)


def ask_to_cancel(given: argparse.Namespace, at: Sides) -> Any:
    return at.walmart.buyer_requests_cancel(given.order)


def ship(given: argparse.Namespace, at: Sides) -> int:
    tracks = [(given.carrier, given.title or given.carrier.upper(), number) for number in given.number]
    return at.commerce.ship(given.order, dict(_quantity(text) for text in given.item) or None, tracks)


def track(given: argparse.Namespace, at: Sides) -> int:
    return at.commerce.add_track(given.shipment, given.carrier, given.title or given.carrier.upper(), given.number)


def cancel(given: argparse.Namespace, at: Sides) -> bool:
    if given.comment:
        at.commerce.comment(given.order, given.comment)
    return at.commerce.cancel(given.order)


def edit(given: argparse.Namespace, at: Sides) -> int:
    return at.commerce.edit(given.order, dict(_quantity(text) for text in given.item))


def open_return(given: argparse.Namespace, at: Sides) -> str:
    lines = [_returned(text) for text in given.line] or None
    return at.walmart.open_return(given.order, lines, kind=given.kind, reason=given.reason)


def deliver_return(given: argparse.Namespace, at: Sides) -> Any:
    return at.walmart.deliver_return(given.rma)


def cancel_return(given: argparse.Namespace, at: Sides) -> Any:
    return at.walmart.cancel_return(given.rma, given.reason)


def fault(given: argparse.Namespace, at: Sides) -> str:
    side = at.walmart if given.side == "walmart" else at.commerce
    how = {name: getattr(given, name) for name in ("method", "path", "times", "status", "delay")}
    side.faults_add(given.kind, **how)
    return f"The next {given.times} calls that match fail."


def show(given: argparse.Namespace, at: Sides) -> Any:
    return {"walmart": at.walmart.order(given.order), "commerce": _in_commerce(given.order, at.commerce)}


ACTIONS: dict[str, Action] = {
    "buy": buy,
    "ask-to-cancel": ask_to_cancel,
    "ship": ship,
    "track": track,
    "cancel": cancel,
    "edit": edit,
    "return": open_return,
    "deliver-return": deliver_return,
    "cancel-return": cancel_return,
    "fault": fault,
    "show": show,
}


def main(arguments: list[str]) -> None:
    """Exit status 1, with the simulator's sentence, when it refuses or cannot be reached."""
    given = parser().parse_args(arguments)
    try:
        result = ACTIONS[given.action](given, Sides(WalmartControl(given.walmart), CommerceControl(given.commerce)))
    except (ControlError, ShopError, OSError) as error:
        raise SystemExit(str(error)) from None
    print(result if isinstance(result, str | int) else json.dumps(result, indent=2, default=str))  # noqa: T201 - a command


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="channel-simulators", description=__doc__)
    top.add_argument("--walmart", default=WALMART, help="address of the Walmart simulator")
    top.add_argument("--commerce", default=COMMERCE, help="address of the Commerce simulator")
    actions = top.add_subparsers(dest="action", required=True)
    one = actions.add_parser("buy", help="place an order at Walmart; prints its number")
    one.add_argument("shape", nargs="?", default="single", help="single, several_lines, quantity, wfs, unknown_sku, …")
    one.add_argument("--line", action="append", default=[], metavar="SKU:QUANTITY:PRICE", help="instead of a shape")
    _order(actions.add_parser("ask-to-cancel", help="the buyer asks to cancel"))
    one = _order(actions.add_parser("ship", help="ship in the Commerce Admin; prints the shipment's id"))
    one.add_argument("--item", action="append", default=[], metavar="SKU:QUANTITY", help="everything unless given")
    one.add_argument("--number", action="append", default=[], help="tracking numbers; none: a track comes later")
    _carrier(one)
    one = actions.add_parser("track", help="add a tracking number to a shipment in the Commerce Admin")
    one.add_argument("shipment", type=int)
    one.add_argument("number")
    _carrier(one)
    one = _order(actions.add_parser("cancel", help="cancel in the Commerce Admin"))
    one.add_argument("--comment", help="typed before, for instance the reason")
    one = _order(actions.add_parser("edit", help="edit in the Commerce Admin: quantities of the new order"))
    one.add_argument("--item", action="append", required=True, metavar="SKU:QUANTITY")
    _return(_order(actions.add_parser("return", help="the buyer opens a return; prints its number")))
    _rma(actions.add_parser("deliver-return", help="the goods arrive at the return centre: 48 hours to refund"))
    one = _rma(actions.add_parser("cancel-return", help="the return ends without a refund"))
    one.add_argument("--reason")
    _fault(actions.add_parser("fault", help="let the next calls fail"))
    _order(actions.add_parser("show", help="what both sides know of an order"))
    return top


def _order(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("order", help="the Walmart order number")
    return parser


def _carrier(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--carrier", default="ups", help="Commerce carrier code")
    parser.add_argument("--title", help="the carrier's title in Commerce")


def _return(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--line", action="append", default=[], metavar="[ORDER:]LINE:QUANTITY", help="all unless given")
    parser.add_argument("--kind", default="ordinary", help="keep_it, instant, in_store, exception, replacement")
    parser.add_argument("--reason", default="NO_LONGER_WANTED", help="DAMAGED, WRONG_SIZE/POOR_FIT, …")


def _rma(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("rma", help="the number of the return")
    return parser


def _fault(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("side", choices=("walmart", "commerce"))
    parser.add_argument("kind", help="status_before, status_after, lost_reply, reset, slow, html, …")
    parser.add_argument("--method")
    parser.add_argument("--path", help="a regular expression")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--status", type=int)
    parser.add_argument("--delay", type=float, help="seconds")


def _line(text: str) -> dict[str, Any]:
    sku, quantity, price = text.rsplit(":", 2)
    return {"sku": sku, "quantity": int(quantity), "price": price}


def _returned(text: str) -> tuple[str, int] | tuple[str, str, int]:
    *which, line, quantity = text.split(":")
    return (which[0], line, int(quantity)) if which else (line, int(quantity))


def _quantity(text: str) -> tuple[str, int]:
    sku, quantity = text.rsplit(":", 1)
    return sku, int(quantity)


def _in_commerce(number: str, commerce: CommerceControl) -> Any:
    try:
        return commerce.order(number)
    except ShopError:
        return None
