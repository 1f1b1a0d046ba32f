"""The page for people: what the simulator holds, refreshed by itself."""

from html import escape
from itertools import islice

from aiohttp import web

from channel_simulators.walmart.orders import charges
from channel_simulators.walmart.state import Line, Order, iso
from channel_simulators.walmart.world import WORLD, World

SHOWN = 200
STYLE = """
body{font:14px/1.45 system-ui,sans-serif;margin:2rem;color:#1d2733;background:#fff}
h1{font-size:1.4rem;color:#0053e2;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.25rem 0;color:#52606d}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;vertical-align:top}
th{border-bottom:2px solid #0053e2}td{border-bottom:1px solid #dde3ea}td.n{white-space:nowrap}
.s{display:inline-block;padding:0 .45rem;margin:0 .2rem .1rem 0;border-radius:.6rem;background:#e6edf8}
.Shipped,.Delivered{background:#d5f0dd}.Cancelled{background:#eceff1;color:#52606d}.Wants{background:#ffe9b8}
@media(prefers-color-scheme:dark){body{background:#14191f;color:#e4e9ee}.s{color:#14191f}h1{color:#6ea4ff}}
"""


async def show(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.catch_up()
    return web.Response(text=_page(world), content_type="text/html")


def _page(world: World) -> str:
    latest = sorted(world.state.orders.values(), key=lambda order: order.placed_at, reverse=True)
    accounts = ", ".join(f"{escape(known.client_id)} (partner {known.partner_id})" for known in world.state.accounts)
    rows = "".join(_order(order) for order in latest[:SHOWN])
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="3">'
        f"<title>Walmart simulator</title><style>{STYLE}</style></head><body>"
        f"<h1>Walmart Marketplace simulator</h1><p>Accounts: {accounts}</p>"
        f"<p>Clock: {iso(world.now())} · {len(latest)} orders · {len(world.recording.exchanges)} calls kept</p>"
        "<h2>Orders</h2><table><tr><th>Order<th>Placed<th>Buyer<th>Lines</tr>"
        f"{rows}</table><h2>Stock</h2>{_stock(world)}</body></html>"
    )


def _order(order: Order) -> str:
    address = order.address
    lines = "".join(f"<div>{_line(line)}</div>" for line in order.lines)
    kind = f"{order.ship_node_type} · {order.order_type} · {order.method_code}"
    seller = f"<br>seller's {escape(order.seller_order_id)}" if order.seller_order_id else ""
    return (
        f'<tr><td class="n">{order.purchase_order_id}<br>{escape(kind)}{seller}'
        f'<td class="n">{iso(order.placed_at)[:19]}<br>ship by {iso(order.estimated_ship)[:10]}'
        f"<td>{escape(address.name)}<br>{escape(address.city)}, {escape(address.state)}<td>{lines}</tr>"
    )


def _line(line: Line) -> str:
    marks = [("Created", line.created, ""), ("Acknowledged", line.acknowledged, "")]
    marks += [("Delivered" if parcel.delivered else "Shipped", parcel.quantity, _track(line, at))
              for at, parcel in enumerate(line.parcels)]  # fmt: skip
    marks += [("Cancelled", part.quantity, part.reason) for part in line.cancellations]
    marks += [("Refund", part.quantity, f"${charges.sums(part.charges).total}") for part in line.refunds]
    shown = "".join(
        f'<span class="s {status}">{status} {count}{" · " if text else ""}{escape(text)}</span>'
        for status, count, text in marks
        if count or status == "Refund"
    )
    wish = '<span class="s Wants">Buyer asked to cancel</span>' if line.intent_to_cancel else ""
    return f"{escape(line.number)}. {escape(line.sku)} × {line.ordered} {shown}{wish}"


def _track(line: Line, at: int) -> str:
    parcel = line.parcels[at]
    return f"{parcel.carrier or parcel.other_carrier} {parcel.number}"


def _stock(world: World) -> str:
    rows = "".join(
        f"<tr><td>{escape(sku)}<td>{given}<td>{reserved}<td>{max(0, given - reserved)}</tr>"
        for account in world.state.accounts
        for sku, held in islice(world.catalog(account).stock.items(), SHOWN)
        for given, reserved in [(sum(held.values()), world.reservations_of(account)[sku])]
    )
    return f"<table><tr><th>SKU<th>Sent by the seller<th>Reserved<th>Available</tr>{rows}</table>"
