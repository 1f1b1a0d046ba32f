"""Price storages, which never move a product's `updated_at`; what a product costs on a day (commerce-api §9.2)."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from channel_simulators.commerce import topology
from channel_simulators.commerce.call import Call, integer
from channel_simulators.commerce.catalog import products, rows
from channel_simulators.commerce.store.columns import number
from channel_simulators.commerce.store.entities import Product
from channel_simulators.commerce.store.state import State, find_product, plain
from channel_simulators.commerce.wire import bodies
from channel_simulators.commerce.wire.errors import required

Json = dict[str, Any]

SPECIAL = ("special_price", "special_from_date", "special_to_date")
_NO_OWN_PRICE = ("configurable", "grouped")
_ZONE = ZoneInfo(topology.TIMEZONE)


def final(state: State, product: Product, store_id: int, moment: str) -> Decimal:
    """The special price on its days, by the website's calendar, else the price."""
    row = rows.row(state, product, store_id)
    price, special = Decimal(row["price"]), row.get("special_price")
    if special is None or special >= price:
        return price
    day = datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(_ZONE).date().isoformat()
    begins, ends = str(row.get("special_from_date") or ""), str(row.get("special_to_date") or "9999")
    return Decimal(special) if begins[:10] <= day <= ends[:10] else price


def _asked(call: Call) -> list[Product]:
    """SKUs that are unknown or have no price of their own are left out silently."""
    skus = call.body(bodies.SKUS).get("skus")
    if not isinstance(skus, list):
        raise required("skus")
    found = [find_product(call.state, str(sku)) for sku in skus]
    return [product for product in found if product is not None and product.type_id not in _NO_OWN_PRICE]


def base_information(call: Call) -> list[Json]:
    """One row for all store views and one for each that has its own."""
    return [
        {"price": plain(price), "store_id": store_id, "sku": product.sku}
        for product in _asked(call)
        for store_id, price in _own(product, "price", product.price).items()
    ]


def _own(product: Product, name: str, everywhere: Any) -> dict[int, Any]:
    return {0: everywhere} | {store: values[name] for store, values in product.store_values.items() if name in values}


def special_information(call: Call) -> list[Json]:
    found = []
    for product in _asked(call):
        for store_id, price in _own(product, SPECIAL[0], product.attributes.get(SPECIAL[0])).items():
            if price is not None:
                own = rows.values(product, store_id)
                dates = {"price_from": own.get(SPECIAL[1]), "price_to": own.get(SPECIAL[2])}
                found.append({"price": plain(number(price)), "store_id": store_id, "sku": product.sku, **dates})
    return found


def tier_information(call: Call) -> list[Json]:
    return [
        {
            "price": plain(tier.price),
            "price_type": tier.price_type,
            "website_id": tier.website_id,
            "sku": product.sku,
            "customer_group": tier.customer_group,
            "quantity": plain(tier.quantity),
        }
        for product in _asked(call)
        for tier in product.tier_prices
    ]


def set_base(call: Call) -> list[Json]:
    return _update(call, lambda product, given, store: _put(call, product, store, {"price": given.get("price")}))


def set_special(call: Call) -> list[Json]:
    def write(product: Product, given: Json, store: int) -> None:
        new = {SPECIAL[0]: given.get("price"), SPECIAL[1]: given.get("price_from"), SPECIAL[2]: given.get("price_to")}
        _put(call, product, store, new)

    return _update(call, write)


def delete_special(call: Call) -> list[Json]:
    return _update(call, lambda product, _, store: _put(call, product, store, dict.fromkeys(SPECIAL)))


def _put(call: Call, product: Product, store_id: int, new: Json) -> None:
    for name, value in new.items():
        products.put_value(call.state, product, name, value, store_id)


def _update(call: Call, write: Callable[[Product, Json, int], None]) -> list[Json]:
    """Write every row that can be; the others are named in the answer, which is still 200."""
    given = call.body(bodies.PRICES).get("prices")
    if not isinstance(given, list):
        raise required("prices")
    refused = []
    for entry in given:
        product, store_id = find_product(call.state, str(entry.get("sku") or "")), integer(entry.get("store_id"))
        problem = _problem(call.state, product, entry, store_id)
        if problem is None and product is not None:
            call.tx.afterwards(_change(call.state, product, entry, store_id, write))
        else:
            parameters = [str(entry.get("sku")), str(store_id)]
            refused.append({"message": f"{problem} Row ID: SKU = %SKU, Store ID: %storeId.", "parameters": parameters})
    return refused


def _problem(state: State, product: Product | None, entry: Json, store_id: int) -> str | None:
    if product is None or product.type_id in _NO_OWN_PRICE:
        return "The product that was requested doesn't exist. Verify the product and try again."
    if store_id and state.options.price_scope == "global":
        return "Could not change non global Price when price scope is global."
    if number(entry.get("price") or 0) < 0:
        return "Invalid attribute Price = %price."
    return None


def _change(
    state: State, product: Product, entry: Json, store_id: int, write: Callable[[Product, Json, int], None]
) -> Callable[[], None]:
    def change() -> None:
        write(product, entry, store_id)
        state.put_product(product)

    return change


def render_information(call: Call) -> Json:
    """What shoppers see: enabled products only; `total_count` is the number of items in this answer."""
    store_id = integer(call.query.get("storeId")) or 1
    items = [_rendered(call, product, store_id) for product in products.matching(call).entries if product.enabled]
    return {"items": items, "total_count": len(items)}


def _rendered(call: Call, product: Product, store_id: int) -> Json:
    row = rows.row(call.state, product, store_id)
    price = plain(final(call.state, product, store_id, call.tx.now))
    special = row.get("special_price")
    amounts = {"final_price": price, "regular_price": plain(row["price"]), "minimal_price": price, "max_price": price}
    return {
        "id": product.id,
        "name": row["name"],
        "type": product.type_id,
        "store_id": store_id,
        "currency_code": "USD",
        "is_salable": "1",
        "price_info": {**amounts, "special_price": None if special is None else plain(special)},
    }
