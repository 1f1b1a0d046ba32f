"""The control API of the catalogue, `/_control/…`: items, products, stock and the options of both."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from decimal import Decimal
from typing import Any

from aiohttp import web

from channel_simulators.walmart.catalog import price, products, stock
from channel_simulators.walmart.catalog.state import Catalog, Item, Product, SellerCatalog, WfsStock, appear
from channel_simulators.walmart.state import DEFAULT_SHIP_NODE, Account
from channel_simulators.walmart.world import DEFAULT_ACCOUNT, WORLD, World

ROUTES = web.RouteTableDef()
JSON = dict[str, Any]
FOREVER = 2**62


def account_of(world: World, client_id: object) -> Account:
    account = world.account(str(client_id or DEFAULT_ACCOUNT.client_id))
    if account is None:
        raise web.HTTPNotFound(text=json.dumps({"error": f"No account {client_id}."}), content_type="application/json")
    return account


async def _asked(request: web.Request) -> tuple[World, Account, JSON]:
    body = await request.json()
    if not isinstance(body, dict):
        raise TypeError("A JSON object is expected.")
    world = request.app[WORLD]
    return world, account_of(world, body.get("account")), body


def _done(world: World, answer: Any = None) -> web.Response:
    world.changed()
    return web.json_response({} if answer is None else answer)


@ROUTES.post("/_control/items")
async def set_items(request: web.Request) -> web.Response:
    world, account, asked = await _asked(request)
    for spec in asked["items"]:
        _set_item(world.state.catalog, account.partner_id, spec, world.now())
    return _done(world)


def _set_item(catalog: Catalog, partner_id: str, spec: Mapping[str, Any], now: int) -> None:
    """Make or change one; `stock` is a number for the default node or numbers by node."""
    seller = catalog.of(partner_id)
    item = appear(seller, partner_id, str(spec["sku"]), now)
    for name, value in spec.items():
        if name == "stock":
            amounts = value if isinstance(value, dict) else {DEFAULT_SHIP_NODE: value}
            seller.stock[item.sku] = {node: int(amount) for node, amount in amounts.items()}
        elif name in ITEM_FIELDS:
            setattr(item, name, Decimal(str(value)) if name == "price" and value is not None else value)
        else:
            raise ValueError(f"An item has no {name}.")
    if spec.get("gtin"):
        _identify(catalog, item, upc_given="upc" in spec)


def _identify(catalog: Catalog, item: Item, *, upc_given: bool) -> None:
    """An offer has a page in Walmart's catalogue."""
    if not upc_given:
        item.upc = products.upc_of(item.gtin)
    if item.gtin not in catalog.products:
        product = Product(gtin=item.gtin, title=item.name, brand=item.brand, product_type=item.product_type)
        products.add(catalog, product)
    known = catalog.products[item.gtin]
    item.wpid, item.item_id = known.wpid, known.item_id


ITEM_FIELDS = {field.name for field in fields(Item)} - {"later_prices", "promotions"}


@ROUTES.delete("/_control/items")
async def remove_items(request: web.Request) -> web.Response:
    """As if they had never been; their stock is gone too."""
    world, account, asked = await _asked(request)
    seller = world.catalog(account)
    for sku in asked["skus"]:
        seller.items.pop(sku, None)
        seller.stock.pop(sku, None)
    return _done(world)


@ROUTES.get("/_control/items")
async def list_items(request: web.Request) -> web.Response:
    """Facts of all items, or of the one `sku` names."""
    world = request.app[WORLD]
    seller = world.catalog(account_of(world, request.query.get("account")))
    wanted = request.query.get("sku")
    items = seller.items.values() if wanted is None else [seller.items[wanted]] if wanted in seller.items else []
    return web.json_response([_facts(item, seller, world.now()) for item in items])


def _facts(item: Item, seller: SellerCatalog, now: int) -> JSON:
    amount = price.shown_price(item, now)
    return {
        "sku": item.sku,
        "name": item.name,
        "gtin": item.gtin,
        "wpid": item.wpid,
        "item_id": item.item_id,
        "price": None if amount is None else str(amount),
        "later_prices": [str(later.amount) for later in item.later_prices if later.shown_from > now],
        "comparison_price": None if item.comparison_price is None else str(item.comparison_price),
        "promotions": [asdict(promotion) | {"amount": str(promotion.amount)} for promotion in item.promotions],
        "lag_time": item.lag_time,
        "published_status": stock.published(item, now),
        "lifecycle_status": stock.lifecycle(item, now),
        "stock": seller.stock.get(item.sku, {}),
    }


@ROUTES.post("/_control/products")
async def set_products(request: web.Request) -> web.Response:
    """Pages of Walmart's own catalogue."""
    world, _, asked = await _asked(request)
    for spec in asked["products"]:
        amount = spec.get("price")
        priced = {**spec, "price": None if amount is None else Decimal(str(amount))}
        products.add(world.state.catalog, Product(**priced))
    return _done(world)


@ROUTES.post("/_control/item-locks")
async def lock_items(request: web.Request) -> web.Response:
    """For so many seconds, or until unlocked with 0."""
    world, account, asked = await _asked(request)
    seconds = asked.get("seconds")
    until = FOREVER if seconds is None else world.now() + round(float(seconds) * 1000)
    for sku in asked["skus"]:
        world.catalog(account).items[sku].locked_until = until
    return _done(world)


@ROUTES.post("/_control/ship-nodes")
async def add_ship_node(request: web.Request) -> web.Response:
    world, account, asked = await _asked(request)
    world.catalog(account).more_nodes[str(asked["id"])] = str(asked["name"])
    return _done(world)


@ROUTES.post("/_control/lag-time-approvals")
async def approve_lag_time(request: web.Request) -> web.Response:
    world, account, asked = await _asked(request)
    world.catalog(account).approved_for_lag += asked["product_types"]
    return _done(world)


@ROUTES.post("/_control/wfs-stock")
async def set_wfs_stock(request: web.Request) -> web.Response:
    world, account, asked = await _asked(request)
    held = WfsStock(available=int(asked["available"]), on_hand=int(asked["on_hand"]), modified_at=world.now())
    world.catalog(account).wfs[asked["sku"]] = held
    return _done(world)


@ROUTES.get("/_control/stock")
async def show_stock(request: web.Request) -> web.Response:
    """Over all nodes: the figure sent (None when never), what is reserved of it, and what is left."""
    world = request.app[WORLD]
    account, sku = account_of(world, request.query.get("account")), request.query["sku"]
    held, reserved = world.catalog(account).stock.get(sku), world.reservations_of(account)[sku]
    left = sum(max(0, amount - stock.reserved_at(node, reserved)) for node, amount in (held or {}).items())
    given = None if held is None else sum(held.values())
    return web.json_response({"input": given, "reserved": reserved, "available": left})


@ROUTES.get("/_control/site")
async def show_site(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    account, sku = account_of(world, request.query.get("account")), request.query["sku"]
    seller, reserved = world.catalog(account), world.reservations_of(account)[sku]
    shown = stock.buyable(seller, seller.items.get(sku), sku, reserved=reserved, now=world.now())
    return web.json_response({"buyable": shown})


@ROUTES.post("/_control/stock")
async def set_stock(request: web.Request) -> web.Response:
    world, account, asked = await _asked(request)
    seller = world.catalog(account)
    appear(seller, account.partner_id, asked["sku"], world.now())
    node, amount = asked.get("node") or DEFAULT_SHIP_NODE, int(asked["amount"])
    stock.write(seller, world.state.catalog.options, world.now(), sku=asked["sku"], node=node, amount=amount)
    return _done(world)


@ROUTES.get("/_control/catalog-options")
async def options(request: web.Request) -> web.Response:
    return web.json_response(asdict(request.app[WORLD].state.catalog.options))


@ROUTES.post("/_control/catalog-options")
async def set_options(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    catalog = world.state.catalog
    catalog.options = replace(catalog.options, **await request.json())
    return _done(world, asdict(catalog.options))
