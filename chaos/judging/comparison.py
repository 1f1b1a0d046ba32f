"""Whole states against each other: what the story says, Walmart, Commerce and our own record. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chaos.judging.record import Ours
from chaos.lives.stories import RESTOCKS, Expected, Life

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """One order everywhere: `shops` are Commerce's orders that carry its number, `returns` Walmart's of it."""

    walmart: Json
    shops: Sequence[Json]
    returns: Sequence[Json]
    ours: Ours | None


def differences(life: Life, state: Expected, sides: Sides) -> list[str]:
    """What is wrong with an order; nothing, if both sides show what the story says, each fact once.

    Of a story in which two sides raced only what must hold in any outcome is asked.
    """
    if sides.ours is None:
        return ["never received"]
    live = [shop for shop in sides.shops if not shop.get("relation_child_id")]
    if len(live) != 1:
        return [f"{len(live)} live Commerce orders"]
    found = _unfinished(sides.ours)
    if sides.ours.row["failed"]:
        return found + _failure(life, sides.ours)
    found += _quantities(live[0], sides)
    found += _parcels(live[0], sides.walmart)
    found += _money(life, live[0], sides)
    if not life.raced:
        found += _as_told(state, sides)
        found += _documents(state, live[0])
    return found


def strangers(lives: Mapping[str, Life], shops: Sequence[Json]) -> list[str]:
    """Commerce orders that nobody asked for: of no order, or of one that has a number elsewhere."""
    return [
        f"Commerce order {shop['increment_id']} belongs to no order (external number {shop.get('ext_order_id')})"
        for shop in shops
        if shop.get("ext_order_id") not in lives and not shop.get("relation_child_id")
    ]


def stock(
    lives: Sequence[tuple[Life, int]],
    sides: Mapping[str, Sides],
    before: Mapping[str, float],
    now: Mapping[str, float],
) -> list[str]:
    """What can be sold has sunk by what was kept, less what came back to stock in the steps that each life made."""
    kept: Counter[str] = Counter()
    for life, done in lives:
        for line in sides[life.number].walmart["lines"]:
            kept[line["sku"]] += line["ordered"] - sum(part["quantity"] for part in line["cancelled"])
        for step in life.steps[:done]:
            if step.act in RESTOCKS:
                for line, units in step.units.items():
                    kept[life.sku(line)] -= units
    return [
        f"{sku}: {before[sku] - now[sku]:.0f} fewer can be sold, but {kept[sku]} were kept"
        for sku in before
        if before[sku] - now[sku] != kept[sku]
    ]


def strange_mails(mails: Sequence[Json]) -> list[str]:
    return [f"a mail to {mail['to']}" for mail in mails if not str(mail["to"]).endswith(".invalid")]


def _failure(life: Life, ours: Ours) -> list[str]:
    """Only where two sides contradict each other may a person be asked, and then in words."""
    found = [] if ours.told else ["failed without a word on the order's page"]
    return found if life.raced else [*found, *(f"a person is asked: {words}" for words in ours.told)]


def _unfinished(ours: Ours) -> list[str]:
    """Nothing is open but what says why it waits."""
    waiting = [one for one in ours.row["unfinished"] if not (one["kind"] == "acknowledge" and ours.row["has_error"])]
    return [f"{one['kind']} is still {one['state']}: {one['error'] and one['error']['class']}" for one in waiting]


def _quantities(shop: Json, sides: Sides) -> list[str]:
    """By SKU, since Commerce makes one item of two lines. A phantom unit is refunded and cancelled at once."""
    assert sides.ours is not None
    found = []
    for line, ours in zip(sides.walmart["lines"], sides.ours.row["lines"], strict=True):
        theirs = (_shipped(line), _cancelled(line))
        recorded = (ours["shipped"], ours["cancelled"])
        if theirs != recorded or theirs != (ours["sent_shipped"], ours["sent_cancelled"]):
            found.append(f"line {line['line']}: Walmart shows {theirs}, we {ours}")
        if sum(theirs) > line["ordered"]:
            found.append(f"line {line['line']}: more than was ordered")
    for sku, (ordered, shipped, cancelled) in _by_sku(sides.walmart["lines"]).items():
        items = [item for item in shop["items"] if item["sku"] == sku]
        made, left = _sum(items, "qty_ordered"), ordered - cancelled
        gone = max(_sum(items, "qty_canceled"), made - left if _taken_off(shop, sku) else 0)
        if _sum(items, "qty_shipped") != shipped:
            found.append(f"{sku}: Walmart has {shipped} shipped, Commerce {_sum(items, 'qty_shipped')}")
        if made - gone != left:
            found.append(f"{sku}: Walmart keeps {left}, Commerce {made - gone}")
    return found


def _taken_off(shop: Json, sku: str) -> int:
    """Units refunded beyond what was shipped: they never left."""
    items = [item for item in shop["items"] if item["sku"] == sku]
    return max(0, _sum(items, "qty_refunded") - _sum(items, "qty_shipped"))


def _parcels(shop: Json, walmart: Json) -> list[str]:
    """Each tracking number once on both sides, with the same units."""
    there: Counter[tuple[str, str]] = Counter()
    for line in walmart["lines"]:
        for parcel in line["shipped"]:
            there[line["sku"], parcel["number"]] += parcel["quantity"]
    here: Counter[tuple[str, str]] = Counter()
    for shipment in shop["shipments"]:
        numbers = [track["track_number"] for track in shipment["tracks"]]
        if len(numbers) != 1:
            return [f"Commerce shipment {shipment['increment_id']} has tracks {numbers}"]
        for item in shipment["items"]:
            here[item["sku"], numbers[0]] += int(float(item["qty"]))
    return [] if +there == +here else [f"parcels: Walmart {dict(there)}, Commerce {dict(here)}"]


def _as_told(state: Expected, sides: Sides) -> list[str]:
    lines = sides.walmart["lines"]
    shipped = {line["line"]: units for line in lines if (units := _shipped(line))}
    cancelled = {line["line"]: units for line in lines if (units := _cancelled(line))}
    found = []
    if shipped != {line: units for line, units in state.shipped.items() if units}:
        found.append(f"the story ships {dict(state.shipped)}, Walmart shows {shipped}")
    if cancelled != {line: units for line, units in state.cancelled.items() if units}:
        found.append(f"the story cancels {dict(state.cancelled)}, Walmart shows {cancelled}")
    numbers = {parcel["number"] for line in lines for parcel in line["shipped"]}
    if numbers != set(state.parcels):
        found.append(f"the story has parcels {sorted(state.parcels)}, Walmart {sorted(numbers)}")
    if any(line["created"] for line in lines):
        found.append("not acknowledged")
    return found


def _money(life: Life, shop: Json, sides: Sides) -> list[str]:
    """To the cent: what the Commerce order is worth, and that no return is paid back beyond its units."""
    assert sides.ours is not None
    found = []
    if Decimal(str(shop["grand_total"])) != Decimal(sides.ours.row["commerce_total"] or "0"):
        found.append(f"Commerce says {shop['grand_total']}, we recorded {sides.ours.row['commerce_total']}")
    made = sum(_sum([item], "qty_ordered") for item in shop["items"])
    if made == sum(life.units.values()) and Decimal(str(shop["grand_total"])) != Decimal(sides.ours.row["total"]):
        found.append(f"Commerce says {shop['grand_total']}, Walmart charged {sides.ours.row['total']}")
    return found


def _documents(state: Expected, shop: Json) -> list[str]:
    """Credit memos, without those that take unshipped units off; comments that carry the reason, each once."""
    found = []
    ours = [memo for memo in shop["creditmemos"] if not _takes_off(memo)]
    if len(ours) != state.memos:
        found.append(f"{len(ours)} credit memos instead of {state.memos}")
    units = sum(int(float(item["qty"])) for memo in ours for item in memo["items"])
    if units != sum(state.refunded.values()):
        found.append(f"credit memos of {units} units instead of {sum(state.refunded.values())}")
    texts = Counter(str(comment["comment"]) for comment in shop["comments"])
    found += [f"said {count} times: {text}" for text, count in texts.items() if count > 1 and "[channel]" in text]
    return found


def refunds(life: Life, state: Expected, sides: Sides) -> list[str]:
    """What Walmart pays back: by return to the unit, as goodwill to the cent."""
    if sides.ours is None or sides.ours.row["failed"] or life.raced:
        return []
    exceptional = any(step.more == "exception" for step in life.steps)
    paid: Counter[str] = Counter()
    for returned in sides.returns:
        for line in returned["lines"]:
            paid[line["line"]] += line["refunded"]
    found = []
    if not exceptional and +paid != +state.refunded:
        found.append(f"returns refunded {dict(paid)}, the story says {dict(state.refunded)}")
    given = _paid_by_order(sides.walmart)
    memos = {refund["effect"]: Decimal(refund["total"] or "0") for refund in sides.ours.row["refunds"]}
    wanted = memos.get("order", Decimal(0)) + memos.get("exception", Decimal(0))
    if (exceptional or state.goodwill) and given != wanted:
        found.append(f"Walmart paid back {given} by the order, the credit memos say {wanted}")
    return found


def _paid_by_order(walmart: Json) -> Decimal:
    names = ("product", "product_tax", "shipping", "shipping_tax")
    return sum(
        (Decimal(entry[name]) for line in walmart["lines"] for entry in line["refunds"] for name in names), Decimal(0)
    )


def _takes_off(memo: Json) -> bool:
    return any("before they were shipped" in str(comment.get("comment")) for comment in memo["comments"])


def _shipped(line: Json) -> int:
    return sum(int(parcel["quantity"]) for parcel in line["shipped"])


def _cancelled(line: Json) -> int:
    return sum(int(part["quantity"]) for part in line["cancelled"])


def _by_sku(lines: Sequence[Json]) -> dict[str, tuple[int, int, int]]:
    found: dict[str, tuple[int, int, int]] = {}
    for line in lines:
        before = found.get(line["sku"], (0, 0, 0))
        found[line["sku"]] = (
            before[0] + line["ordered"],
            before[1] + _shipped(line),
            before[2] + _cancelled(line),
        )
    return found


def _sum(items: Sequence[Json], column: str) -> int:
    return sum(int(float(item[column] or 0)) for item in items)
