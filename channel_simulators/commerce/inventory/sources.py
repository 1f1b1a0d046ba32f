"""Sources, stocks, their links and source items (commerce-api §8.2, observed §5, §10)."""

from typing import Any

from channel_simulators.commerce import topology
from channel_simulators.commerce.call import Call, integer
from channel_simulators.commerce.store.columns import Row, number
from channel_simulators.commerce.store.entities import Source, SourceItem, Stock
from channel_simulators.commerce.store.state import State, plain
from channel_simulators.commerce.wire import bodies, search
from channel_simulators.commerce.wire.errors import ApiError, required

Json = dict[str, Any]


def _listed(call: Call, table: search.Table[Row]) -> Json:
    found = search.find(call.criteria(), table)
    return {"items": found.entries, "search_criteria": call.criteria().echo(), "total_count": found.total}


def source_items(call: Call) -> Json:
    """Physical quantities; no timestamps."""
    table = search.Table(
        entries=call.state.source_items,
        row=_item_row,
        columns=("source_item_id", "sku", "source_code", "quantity", "status"),
        key="source_item_id",
        index=call.state.by.source_items,
    )
    found = search.find(call.criteria(), table)
    items = [_shown_item(item) for item in found.entries]
    return {"items": items, "search_criteria": call.criteria().echo(), "total_count": found.total}


def _item_row(item: SourceItem) -> Row:
    return vars(item)


def _shown_item(item: SourceItem) -> Json:
    amounts = {"quantity": plain(item.quantity), "status": item.status}
    return {"sku": item.sku, "source_code": item.source_code, **amounts}


def _given_items(call: Call) -> list[Json]:
    given = call.body(bodies.SOURCE_ITEMS).get("source_items")
    if given is None:
        raise required("sourceItems")
    return list(given)


def save_source_items(call: Call) -> list[Any]:
    """Unknown SKUs and negative quantities are taken (observed §5)."""
    given = _given_items(call)
    known = {source.source_code for source in call.state.sources}
    if any(entry.get("source_code") not in known or not 0 < len(str(entry.get("sku") or "")) <= 64 for entry in given):
        raise ApiError(400, "Could not save Source Item")

    def write() -> None:
        for entry in given:
            quantity, status = number(entry.get("quantity") or 0), integer(entry.get("status"))
            call.state.put_source_item(entry["source_code"], str(entry["sku"]), quantity, status)

    call.tx.afterwards(write)
    return []


def delete_source_items(call: Call) -> list[Any]:
    given = _given_items(call)

    def drop() -> None:
        for entry in given:
            call.state.drop_source_item(str(entry.get("source_code")), str(entry.get("sku")))

    call.tx.afterwards(drop)
    return []


def sources(call: Call) -> Json:
    rows = {n: _source(source) for n, source in enumerate(call.state.sources, 1)}
    return _listed(call, _rows(rows, "source_code", "name", "enabled", "country_id", "postcode"))


def _rows(rows: dict[int, Row], *columns: str) -> search.Table[Row]:
    return search.Table(entries=rows, row=lambda row: row, columns=columns)


def source(call: Call) -> Json:
    found = next((s for s in call.state.sources if s.source_code == call.path["sourceCode"]), None)
    if found is None:
        raise ApiError(404, 'Source with code "%value" does not exist.', {"value": call.path["sourceCode"]})
    return _source(found)


def save_source(call: Call) -> list[Any]:
    given = call.member(bodies.SOURCE, "source", "source")
    code = str(given.get("source_code") or call.path.get("sourceCode") or "")
    if not code:
        raise ApiError(400, "Validation Failed")

    def write() -> None:
        add_source(call.state, code, str(given.get("name") or code), enabled=bool(given.get("enabled", True)))

    call.tx.afterwards(write)
    return []


def add_source(state: State, code: str, name: str, *, enabled: bool = True) -> None:
    found = next((source for source in state.sources if source.source_code == code), None)
    if found is None:
        state.sources.append(Source(source_code=code, name=name, enabled=enabled))
    else:
        found.name, found.enabled = name, enabled


def _source(source: Source) -> Json:
    return {
        "source_code": source.source_code,
        "name": source.name,
        "enabled": source.enabled,
        "country_id": "US",
        "postcode": "00000",
        "use_default_carrier_config": True,
        "carrier_links": [],
    }


def _stock(stock: Stock) -> Json:
    channels = [{"type": "website", "code": code} for code in stock.websites]
    return {"stock_id": stock.id, "name": stock.name, "extension_attributes": {"sales_channels": channels}}


def stocks(call: Call) -> Json:
    table = search.Table(
        entries=call.state.stocks, row=_stock_row, columns=("stock_id", "name"), key="stock_id", index=None
    )
    found = search.find(call.criteria(), table)
    items = [_stock(stock) for stock in found.entries]
    return {"items": items, "search_criteria": call.criteria().echo(), "total_count": found.total}


def _stock_row(stock: Stock) -> Row:
    return {"stock_id": stock.id, "name": stock.name}


def chosen_stock(call: Call, stock_id: int) -> Stock:
    """Raises the shop's 404."""
    found = call.state.stocks.get(stock_id)
    if found is None:
        raise ApiError(404, 'Stock with id "%value" does not exist.', {"value": stock_id})
    return found


def one_stock(call: Call) -> Json:
    return _stock(chosen_stock(call, call.number("stockId")))


def save_stock(call: Call) -> int:
    given = call.member(bodies.STOCK, "stock", "stock")
    stock_id = call.state.next("stock") + 1
    channels = (given.get("extension_attributes") or {}).get("sales_channels") or []
    codes = [str(channel.get("code")) for channel in channels]
    call.tx.afterwards(lambda: add_stock(call.state, stock_id, str(given.get("name") or ""), codes, []))
    return stock_id


def add_stock(state: State, stock_id: int, name: str, websites: list[str], sources: list[str]) -> None:
    """A website belongs to one stock: it leaves the one it had."""
    for stock in state.stocks.values():
        stock.websites = [code for code in stock.websites if code not in websites]
    state.stocks[stock_id] = Stock(id=stock_id, name=name, websites=websites, sources=sources)


def stock_resolver(call: Call) -> Json:
    return _stock(resolved(call, call.path["type"], call.path["code"]))


def resolved(call: Call, kind: str, code: str) -> Stock:
    """The stock of a website by its code."""
    known = kind == "website" and code in [website["code"] for website in topology.WEBSITES if website["id"]]
    found = next((stock for stock in call.state.stocks.values() if code in stock.websites), None)
    if not known or found is None:
        raise ApiError(404, "No linked stock found")
    return found


def stock_sources(call: Call) -> list[Json]:
    stock = chosen_stock(call, call.number("stockId"))
    by_code = {source.source_code: source for source in call.state.sources}
    return [_source(by_code[code]) for code in stock.sources if code in by_code]


def stock_source_links(call: Call) -> Json:
    links: list[Row] = [
        {"stock_id": stock.id, "source_code": code, "priority": n}
        for stock in call.state.stocks.values()
        for n, code in enumerate(stock.sources, 1)
    ]
    return _listed(call, _rows(dict(enumerate(links, 1)), "stock_id", "source_code", "priority"))


def link_sources(call: Call) -> list[Any]:
    links = call.body(bodies.SOURCE_LINKS).get("links") or []
    stocks = [chosen_stock(call, integer(link.get("stock_id"))) for link in links]

    def write() -> None:
        for stock, link in zip(stocks, links, strict=True):
            if link.get("source_code") not in stock.sources:
                stock.sources.append(str(link["source_code"]))

    call.tx.afterwards(write)
    return []
