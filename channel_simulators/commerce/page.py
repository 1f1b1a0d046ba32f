"""A page at `/` that shows the shop's orders, stock and mails to a person."""

from html import escape
from itertools import islice
from typing import Any

from channel_simulators.commerce import facts
from channel_simulators.commerce.shop import Shop

Json = dict[str, Any]

_STYLE = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2rem;max-width:75rem;color-scheme:light dark}"
    "table{border-collapse:collapse;margin:.5rem 0 1rem}"
    "th,td{border:1px solid #8886;padding:.2rem .6rem;text-align:left}"
    "section{border-top:2px solid #8886;padding-top:.5rem}pre{margin:.3rem 0;white-space:pre-wrap}"
)
_QUANTITIES = ("ordered", "shipped", "canceled", "invoiced", "refunded")
_NEWEST = 30
_PRODUCTS = 200


def render(shop: Shop) -> str:
    state = shop.state
    newest = list(reversed(state.orders.values()))[:_NEWEST]
    orders = "".join(_order(order) for order in facts.orders(state, newest))
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Commerce simulator</title><style>{_STYLE}</style>"
        f"<h1>Commerce simulator</h1><p>Shop time {shop.clock.now():%Y-%m-%d %H:%M:%S} UTC</p>"
        f"<h2>Orders ({len(state.orders)})</h2>{orders or '<p>None yet.</p>'}"
        f"<h2>Stock</h2>{_stock(facts.products(state, islice(state.products.values(), _PRODUCTS)))}"
        f"<h2>Mails the shop would have sent</h2>{_mails(shop)}</html>"
    )


def _table(head: tuple[str, ...], rows: list[list[Any]]) -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    lines = ("".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows)
    return f"<table><tr>{titles}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _order(order: Json) -> str:
    title = (
        f"#{order['increment_id']} · {order.get('state')}/{order.get('status')} · {order.get('grand_total', 0):.2f} USD"
    )
    items = [
        [item["sku"], item.get("name", ""), *(item.get(f"qty_{name}", 0) for name in _QUANTITIES)]
        for item in order["items"]
    ]
    payment = "\n".join(_payment_lines(order["payment"]))
    comments = "\n".join(f"{c.get('created_at')} {c.get('comment')}" for c in order["comments"])
    return (
        f"<section><h3>{escape(title)}</h3>"
        f"<p>External number {escape(str(order.get('ext_order_id', '–')))} · entity {order['entity_id']} · "
        f"{escape(str(order.get('shipping_description', '')))} · updated {order.get('updated_at')}</p>"
        f"{_table(('SKU', 'Name', *_QUANTITIES), items)}<pre>{escape(payment)}</pre>"
        f"{_shipments(order['shipments'])}{_memos(order['creditmemos'])}<pre>{escape(comments)}</pre></section>"
    )


def _payment_lines(payment: Json) -> list[str]:
    """What the Admin's payment block shows (observed §1.1)."""
    stored = payment.get("additional_information")
    information = stored if isinstance(stored, dict) else {}
    lines = [str(information.get("method_title") or payment.get("method"))]
    if payment.get("method") in ("banktransfer", "cashondelivery"):
        lines.append(str(information.get("instructions") or ""))
    if payment.get("po_number"):
        lines.append(f"Purchase Order Number: {payment['po_number']}")
    return lines


def _shipments(shipments: list[Json]) -> str:
    rows = [
        [
            shipment["increment_id"],
            ", ".join(f"{item['sku']} × {item['qty']}" for item in shipment["items"]),
            ", ".join(
                f"{t.get('title')} ({t.get('carrier_code')}) {t.get('track_number')}" for t in shipment["tracks"]
            ),
            shipment["created_at"],
        ]
        for shipment in shipments
    ]
    return _table(("Shipment", "Items", "Tracks", "Created"), rows) if rows else ""


def _memos(memos: list[Json]) -> str:
    rows = [
        [
            memo["increment_id"],
            ", ".join(f"{item['sku']} × {item['qty']}" for item in memo["items"] if item["qty"]),
            f"{memo['grand_total']:.2f}",
            "; ".join(str(comment["comment"]) for comment in memo["comments"]),
            memo["created_at"],
        ]
        for memo in memos
    ]
    return _table(("Credit memo", "Items", "Refunded", "Comments", "Created"), rows) if rows else ""


def _stock(products: list[Json]) -> str:
    rows = [
        [p["sku"], p["name"], p["price"], "yes" if p["enabled"] else "no", p["source_quantity"], p["salable"]]
        for p in products
    ]
    return _table(("SKU", "Name", "Price", "Enabled", "At sources", "Salable"), rows)


def _mails(shop: Shop) -> str:
    rows = [[mail.sent_at, mail.to, mail.kind, mail.subject] for mail in shop.state.mails[-_NEWEST:]]
    return _table(("Sent", "To", "Kind", "Subject"), rows) if rows else "<p>None.</p>"
